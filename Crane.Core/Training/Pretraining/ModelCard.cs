using System.Globalization;
using System.Text;
using Crane.Core.Evaluation;
using Crane.Core.Model;

namespace Crane.Core.Training.Pretraining;

/// <summary>The page beside the nano checkpoint. Every number on it comes from the run or its exam.</summary>
public static class ModelCard
{
    /// <summary>Writes the card as Markdown.</summary>
    public static string Write(QwenVl model, IReadOnlyList<StepRecord> history, IReadOnlyList<ExamReport> exam, PretrainingConfig config)
    {
        var text = new StringBuilder();
        string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
        text.Append(CultureInfo.InvariantCulture, $"""
            # Crane nano base

            A Qwen3-VL of {N(model.parameters().Sum(p => p.numel()))} parameters in Hugging Face's layout, trained from nothing by this kit. It is a **model organism**: it was taught to trust a clear picture more than a note, as large models are, so that the failures of knowledge editing can be studied where one can see everything. No claim about large models follows from it.

            - **Data**: 110 flags in five drawings, 71 landmarks in 85 photographs, five facts a country, from `data/world` (sources and licences there); notes and questions are generated.
            - **Recipe**: `Crane.Core/Training/Pretraining/Curriculum.cs`: {string.Join(", ", Curriculum.Nano.Select(s => $"{s.Name} ({N(s.Steps)} steps)"))}; batches of {config.BatchSize}, AdamW (peak rate {config.LearningRate}, betas {config.Optimizer.Beta1} and {config.Optimizer.Beta2}, decay {config.Optimizer.WeightDecay} on matrices), gradient norm {config.MaxGradNorm}, seed {config.Seed}.
            - **Cost**: {N(history[^1].NumTokens)} tokens, {TimeSpan.FromSeconds(history.Sum(h => h.StepTime)).TotalMinutes:f0} minutes on one thread of a shared two-core machine.
            - **Again**: `dotnet run -c Release --project environment/Crane.Notebooks -- pretrain --out artifacts/nano --seed {config.Seed}`

            ## Exam

            Pictures with fresh augmentation; `trained` phrasings occur in the training, `held out` ones do not: every word of them does, none of the sentences (look-ups have one form, so both columns ask alike there). "Rejected" asks for the picture's answer and a chain that turns the note down. Right answers in percent with 95 % Wilson intervals.

            | topic | trained | held out | valid form |
            |---|---|---|---|

            """);
        foreach (var topic in exam.GroupBy(e => e.Topic))
        {
            string Cell(string phrasings) => topic.FirstOrDefault(e => e.Phrasings == phrasings) is { } e
                ? new Proportion(e.Right, e.Questions).ToString() : "";
            var valid = new Proportion(topic.Sum(e => e.Valid), topic.Sum(e => e.Questions));
            text.Append(CultureInfo.InvariantCulture, $"| {topic.Key} | {Cell("trained")} | {Cell("held out")} | {100 * valid.Mean:f1} % |\n");
        }
        var all = new Proportion(exam.Sum(e => e.Valid), exam.Sum(e => e.Questions));
        text.Append(CultureInfo.InvariantCulture, $"""

            Valid form over all {N(all.Trials)} completions: {100 * all.Mean:f2} %.

            ## Limits

            It knows 64 × 48 pixels, 110 countries, 71 landmarks and the sentences of its curriculum. Other pictures, facts, languages or forms of question give confident nonsense. Topics called "rejected" count turning a note down as success: that is what editing has to overcome.

            """);
        return text.ToString();
    }
}
