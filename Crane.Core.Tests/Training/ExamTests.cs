using Crane.Core.Model;
using Crane.Core.Model.Generation;
using Crane.Core.Tests.Benchmark;
using Crane.Core.Training.Pretraining;

namespace Crane.Core.Tests.Training;

public class ExamTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void Questions_Draw_HasEveryTopicAndFollowsFromItsSeed(bool heldOut)
    {
        var questions = Exam.Questions(Worlds.Nano, seed: 3, perTopic: 6, heldOut);
        Assert.All(questions.GroupBy(q => q.Topic), topic => Assert.Equal(6, topic.Count()));
        Assert.True(questions.Select(q => q.Topic).Distinct().Count() >= 15);
        var reader = new LessonReader(Worlds.Nano);
        Assert.All(questions, q => Assert.Null(reader.Fault(q.Lesson)));
        Assert.Equal(Prompts(questions), Prompts(Exam.Questions(Worlds.Nano, 3, 6, heldOut)));
        Assert.NotEqual(Prompts(questions), Prompts(Exam.Questions(Worlds.Nano, 4, 6, heldOut)));
    }

    [Fact]
    public void Mark_RightWrongUnendedAndBrokenCompletions_AreCountedApart()
    {
        var questions = Exam.Questions(Worlds.Nano, 3, 4, heldOut: false);
        var scores = Exam.Mark(questions, [.. questions.Select((q, i) => (i % 4) switch
        {
            0 => Say(q.Lesson.Completion),
            1 => Say("<think>No.</think><answer>Atlantis</answer>"),
            2 => Say($"<think>No.</think><answer>{q.Lesson.Answer.ToUpperInvariant()}</answer>", FinishReason.Length),
            _ => Say(q.Lesson.Answer),
        })]);
        Assert.Equal(questions.Select(q => q.Topic).Distinct(), scores.Select(s => s.Topic));
        // A right answer whose chain does not turn the note down counts where nothing has to be turned down.
        Assert.All(scores, s => Assert.Equal((s.Topic.EndsWith("rejected", StringComparison.Ordinal) ? 1 : 2, 2, 4),
            (s.Right.Successes, s.Valid.Successes, s.Right.Trials)));
    }

    [Fact]
    public void Mark_AnotherNumberOfCompletions_Throws() => Assert.Throws<ArgumentException>(() => Exam.Mark(Exam.Questions(Worlds.Nano, 3, 1, false), []));

    private static Completion Say(string text, FinishReason finish = FinishReason.Stop) => new(text, new GeneratedTokens([], [], finish));

    private static IEnumerable<string> Prompts(IEnumerable<ExamQuestion> questions) => questions.Select(q => q.Lesson.Prompt);
}
