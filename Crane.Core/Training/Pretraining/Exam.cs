using Crane.Core.Benchmark;
using Crane.Core.Evaluation;
using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Text;

namespace Crane.Core.Training.Pretraining;

/// <summary>A question of the exam.</summary>
/// <param name="Topic">What is tested.</param>
/// <param name="Lesson">Prompt, picture and expected completion.</param>
/// <param name="MustReject">Whether the chain has to turn the note down: now and then following it would give the same answer.</param>
public sealed record ExamQuestion(string Topic, Lesson Lesson, bool MustReject = false);

/// <summary>How a topic went.</summary>
/// <param name="Topic">What was tested.</param>
/// <param name="Right">Answers that equal the expected one.</param>
/// <param name="Valid">Completions of valid form.</param>
public sealed record ExamScore(string Topic, Proportion Right, Proportion Valid);

/// <summary>Questions to the nano base with pictures and orders it has not met: new augmentation, and on request phrasings that the training never
/// used.</summary>
public static class Exam
{
    private const int ExamStream = 7_654_321;

    /// <summary>Topics, and the lessons that count for them.</summary>
    private static IReadOnlyList<(string Topic, string Draw, Predicate<Lesson> Counts)> Topics { get; } =
    [
        ("flag: whose", "flag", Open("flag/identity")),
        ("flag: attribute", "flag", Open("flag/attribute")),
        ("landmark: which", "landmark", Open("landmark/identity")),
        ("landmark: country", "landmark", Open("landmark/country")),
        ("landmark: attribute", "landmark", Open("landmark/attribute")),
        ("text: attribute", "fact", Open("text/fact")),
        ("text: place", "fact", Open("text/place")),
        ("text: attribute of a place", "fact", Open("text/place-attribute")),
        ("text: whose capital", "fact", Open("text/capital")),
        ("one note of three is relevant", "fact/relevant", Open("text/relevant-3")),
        ("one look-up among three", "look-up", Open("look-up/present-3")),
        ("picture, then a relevant note", "flag/fact", Open("flag/relevant-fact")),
        ("none of the notes applies", "fact/irrelevant", Open("text/irrelevant")),
        ("look-up: none applies", "look-up", Open("look-up/absent")),
        ("picture, then no note applies", "flag/fact", Open("flag/irrelevant-fact")),
        ("flag: contradicting note rejected", "flag/contradicting", Open("flag/")),
        ("landmark: contradicting note rejected", "landmark/contradicting", Open("landmark/")),
        ("flag: consistent note", "flag/consistent", Open("flag/")),
        ("unclear picture: note followed", "flag/unclear", Open("flag/")),
        ("unclear picture, no note", "unclear", _ => true),
        ("picture: yes or no", "flag", lesson => lesson.Form == QuestionForm.YesNo),
        ("text: yes or no", "fact", lesson => lesson.Form == QuestionForm.YesNo),
        ("picture: one of four", "landmark", lesson => lesson.Form == QuestionForm.Choice),
        ("text: one of four", "fact", lesson => lesson.Form == QuestionForm.Choice),
    ];

    /// <summary>Draws the exam.</summary>
    /// <param name="world">What the base knows.</param>
    /// <param name="seed">Fixes the questions; independent of every training seed.</param>
    /// <param name="perTopic">Questions a topic.</param>
    /// <param name="heldOut">Whether phrasings are those that the training never used.</param>
    public static IReadOnlyList<ExamQuestion> Questions(NanoWorld world, int seed, int perTopic, bool heldOut)
    {
        var lookUps = new LookUps(world.World);
        var lessons = Curriculum.Lessons(new WorldLessons(world, lookUps, heldOut ? PhrasingSet.HeldOut : PhrasingSet.Trained), lookUps);
        return [.. Topics.SelectMany((topic, t) => Draws(lessons[topic.Draw], seed, t).Where(lesson => topic.Counts(lesson)).Take(perTopic)
            .Select(lesson => new ExamQuestion(topic.Topic, lesson, topic.Topic.EndsWith("rejected", StringComparison.Ordinal))))];
    }

    /// <summary>Puts the questions to a model.</summary>
    public static IReadOnlyList<Completion> Sit(VisionLanguageModel model, IReadOnlyList<ExamQuestion> questions, IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        const int batch = 64;
        var completions = new List<Completion>();
        foreach (var chunk in questions.Chunk(batch))
        {
            completions.AddRange(model.Generate([.. chunk.Select(q => new Question(q.Lesson.Prompt, q.Lesson.Picture))], cancellationToken: cancellationToken));
            progress?.Report(new("exam", completions.Count, questions.Count));
        }
        return completions;
    }

    /// <summary>Marks the completions, topic by topic in the order of the questions.</summary>
    public static IReadOnlyList<ExamScore> Mark(IReadOnlyList<ExamQuestion> questions, IReadOnlyList<Completion> completions)
    {
        if (questions.Count != completions.Count)
            throw new ArgumentException($"{questions.Count} questions have {completions.Count} completions.", nameof(completions));
        return [.. questions.Zip(completions).GroupBy(pair => pair.First.Topic).Select(topic =>
        {
            var read = topic.Select(pair =>
                (Question: pair.First, Reasoning: ReasoningParser.Parse(pair.Second.Text, pair.Second.Tokens.Finish == FinishReason.Stop))).ToList();
            return new ExamScore(topic.Key, new(read.Count(r => IsRight(r.Question, r.Reasoning)), read.Count),
                new(read.Count(r => r.Reasoning.IsValid), read.Count));
        })];
    }

    /// <summary>Whether the answer is the expected one, and the note turned down where that is what is asked.</summary>
    public static bool IsRight(ExamQuestion question, Reasoning reasoning) => reasoning.Answer is not null
        && GroundedSuccess.Normalise(reasoning.Answer) == GroundedSuccess.Normalise(question.Lesson.Answer)
        && (!question.MustReject || reasoning.Think?.Contains(", but the picture shows", StringComparison.Ordinal) == true);

    private static Predicate<Lesson> Open(string kind) => lesson => lesson.Form == QuestionForm.Open && lesson.Kind.StartsWith(kind, StringComparison.Ordinal);

    private static IEnumerable<Lesson> Draws(Func<Random, Lesson> lesson, int seed, int topic)
    {
        for (var i = 0; ; i++) yield return lesson(Seeds.Random(ExamStream, seed, topic, i));
    }
}
