using Crane.Core.Benchmark;

namespace Crane.Core.Training.Pretraining;

/// <summary>The rows of a pre-training run, in batches of similar length. Batch n follows from the seed and n alone, so a run resumes anywhere.</summary>
/// <param name="encoder">Turns lessons into rows.</param>
/// <param name="lessons">How each kind is drawn, for each way of asking.</param>
/// <param name="stages">The mixtures.</param>
/// <param name="batchSize">Rows of a batch.</param>
/// <param name="seed">Seed of the run.</param>
public sealed class LessonStream(RowEncoder encoder, Func<PhrasingSet, IReadOnlyDictionary<string, Func<Random, Lesson>>> lessons, IReadOnlyList<Stage> stages,
    int batchSize, int seed)
{
    private const int BatchesOfAGroup = 4, DrillVocabulary = 1500;

    private (long Number, Task<IReadOnlyList<TrainingRow>[]> Batches)? next;
    private (long Number, IReadOnlyList<TrainingRow>[] Batches)? current;

    /// <summary>Steps of all stages.</summary>
    public int TotalSteps => stages.Sum(stage => stage.Steps);

    /// <summary>The stage of a step, and the step's number inside it.</summary>
    public (Stage Stage, int Inside) StageOf(int step)
    {
        foreach (var stage in stages)
            if (step < stage.Steps) return (stage, step);
            else step -= stage.Steps;
        throw new ArgumentOutOfRangeException(nameof(step), "The curriculum has ended.");
    }

    /// <summary>The rows of a step. The group after the present one is prepared on another thread meanwhile.</summary>
    public IReadOnlyList<TrainingRow> Batch(int step)
    {
        var (stage, inside) = StageOf(step);
        var first = step - inside % BatchesOfAGroup;
        if (current?.Number != first) current = (first, next?.Number == first ? next.Value.Batches.Result : Group(stage, first));
        var following = first + BatchesOfAGroup;
        if (next?.Number != following && following < TotalSteps && StageOf(following) is { Stage: var nextStage, Inside: var at } && at % BatchesOfAGroup == 0)
            next = (following, Task.Run(() => Group(nextStage, following)));
        return current.Value.Batches[inside % BatchesOfAGroup];
    }

    private IReadOnlyList<TrainingRow>[] Group(Stage stage, long number)
    {
        var rows = Enumerable.Range(0, BatchesOfAGroup * batchSize).Select(row => Row(stage, Seeds.Random(seed, number, row)))
            .OrderBy(row => row.Ids.Length).ToArray();
        IReadOnlyList<TrainingRow>[] batches = [.. rows.Chunk(batchSize)];
        Seeds.Random(seed, number, -1).Shuffle(batches);
        return batches;
    }

    private TrainingRow Row(Stage stage, Random random) => Curriculum.Draw(stage.Mixture, random) switch
    {
        Curriculum.Recall => RowEncoder.Encode(TokenDrills.Recall(random, DrillVocabulary)),
        Curriculum.Bind => RowEncoder.Encode(TokenDrills.Bind(random, DrillVocabulary, encoder.Words)),
        var kind => encoder.Encode(lessons(stage.Phrasings)[kind](random)),
    };
}
