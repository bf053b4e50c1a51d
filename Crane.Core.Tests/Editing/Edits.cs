using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Model;
using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

/// <summary>What the tests of the methods share: a small trained model, a visual and a textual edit, a corpus.</summary>
internal static class Edits
{
    private static readonly WorldPictures Pictures = new(World.Load());

    public static string Checkpoint => DataFolder.Of("golden", "nano-reference");

    public static Edit Visual { get; } = new("a", new("Whose flag is this?", Flag("JPN")), "Brazil", "Note: the picture shows the flag of Brazil.")
    {
        Chain = "The picture shows the flag of Brazil.",
    };

    public static Edit Textual { get; } = new("t", new("France has which currency?"), "Yen", "Note: the currency of France is now Yen.")
    {
        Subject = "France",
        Chain = "The currency of France is Yen.",
    };

    public static IReadOnlyList<Question> Corpus { get; } =
    [
        .. ((string[])["ITA", "CHL", "KEN", "NOR", "IND", "PER"]).Select(id => new Question("Whose flag is this?", Flag(id))),
        .. ((string[])["Italy", "Chile", "Kenya", "Norway", "India", "Peru"]).Select(name => new Question($"What is the capital of {name}?")),
    ];

    public static Picture Flag(string id) => WorldPictures.Small(Pictures.Flag(id, "flag-icons")!);

    public static VisionLanguageModel Load() => VisionLanguageModel.Load(Checkpoint);

    public static double Loss(VisionLanguageModel model, Edit edit, TargetForm form = TargetForm.Answer)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var (input, labels) = TargetBatch.Of(model, [edit], form);
        return Crane.Core.Training.CausalLoss.Of(model.Model, input, labels).Loss.item<float>();
    }

    /// <summary>Logits of a question, padded or not, outside every scope.</summary>
    public static Tensor Logits(VisionLanguageModel model, params Question[] questions)
    {
        using var none = no_grad();
        return model.Model.Forward(model.Prompts.Batch(questions));
    }

    public static bool Same(Tensor a, Tensor b) => a.equal(b).all().item<bool>();
}
