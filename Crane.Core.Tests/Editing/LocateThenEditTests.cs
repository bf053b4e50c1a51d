using Crane.Core.Editing;
using Crane.Core.Model;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Editing;

[Collection(nameof(Torch))]
public class LocateThenEditTests
{
    private const int Hidden = 6, Intermediate = 9;

    private static Tensor Draw(long rows, long columns) => randn(rows, columns, dtype: float64);

    private static Tensor Moment(int samples = 40)
    {
        var keys = Draw(Intermediate, samples);
        return keys.matmul(keys.t()) / samples;
    }

    [Fact]
    public void Rome_ClosedForm_EqualsABruteForceSolve()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        var (weight, moment, key, value) = (Draw(Hidden, Intermediate), Moment(), randn(Intermediate, dtype: float64), randn(Hidden, dtype: float64));
        var change = ClosedForm.Rome(weight, moment, key, value);
        // min tr(Δ C Δᵀ) subject to Δ k = v − W k: each row of Δ by its own Lagrangian system [2C k; kᵀ 0].
        var system = zeros(Intermediate + 1, Intermediate + 1, dtype: float64);
        system[..Intermediate, ..Intermediate] = moment * 2;
        system[..Intermediate, Intermediate] = key;
        system[Intermediate, ..Intermediate] = key;
        var right = zeros(Intermediate + 1, Hidden, dtype: float64);
        right[Intermediate] = value - weight.mv(key);
        Close.Assert("ΔW", linalg.solve(system, right)[..Intermediate].t(), change, 1e-5);
        Close.Assert("(W + ΔW) k", value, (weight + change).mv(key), 1e-10);
        Assert.False(ClosedForm.Rome(weight, eye(Intermediate, dtype: float64), key, value).allclose(change));   // the metric matters
    }

    [Fact]
    public void Memit_ClosedForm_EqualsItsNormalEquationsSolvedByBruteForce()
    {
        manual_seed(2);
        using var scope = NewDisposeScope();
        var (moment, keys, residuals, weight) = (Moment(), Draw(Intermediate, 3), Draw(Hidden, 3), 7.0);
        var change = ClosedForm.Memit(moment, keys, residuals, weight);
        // Δ (λC + KKᵀ) = R Kᵀ as one linear system in vec(Δ), row by row.
        var normal = moment * weight + keys.matmul(keys.t());
        var system = kron(eye(Hidden, dtype: float64), normal);
        var right = residuals.matmul(keys.t()).flatten().unsqueeze(1);
        Close.Assert("ΔW", linalg.solve(system, right).view(Hidden, Intermediate), change, 1e-5);
    }

    [Fact]
    public void AlphaEdit_PreservedKey_IsAnsweredAsBefore()
    {
        manual_seed(3);
        using var scope = NewDisposeScope();
        var preserved = Draw(Intermediate, 5);                                             // keys span 5 of 9 directions
        var (projection, eigenvalues, kept) = ClosedForm.NullSpace(preserved.matmul(preserved.t()) / 5, 1e-8);
        Assert.Equal(4, kept);
        Assert.Equal(Intermediate, eigenvalues.numel());
        var (keys, residuals) = (Draw(Intermediate, 3), Draw(Hidden, 3));
        var earlier = projection.matmul(Draw(Intermediate, 2));
        var change = ClosedForm.AlphaEdit(projection, earlier.matmul(earlier.t()), keys, residuals, 1e-2);
        Close.Assert("ΔW K₀", zeros(Hidden, 5, dtype: float64), change.matmul(preserved), 1e-5);
        Assert.True(change.matmul(keys).norm().item<double>() > 0.1 * residuals.norm().item<double>());   // but the edit is written
        // The published form, with an inverse: R Kᵀ P (KₚKₚᵀP + KKᵀP + L₂I)⁻¹.
        var inverse = linalg.inv((earlier.matmul(earlier.t()) + keys.matmul(keys.t())).matmul(projection) + 1e-2 * eye(Intermediate, dtype: float64));
        Close.Assert("ΔW", residuals.matmul(keys.t()).matmul(projection).matmul(inverse), change, 1e-8);
    }

    [Theory, InlineData("visual"), InlineData("textual")]
    public void Rome_Edit_ReproducesItsKeyValueConstraint(string kind)
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var edit = kind == "visual" ? Edits.Visual : Edits.Textual;
        var config = RomeConfig.Nano with { Layers = [1], FactToken = FactToken.SubjectLast, VNumGradSteps = 8 };
        var found = ValueSearch.Of(model, edit, 1, config);
        var place = FactPlace.Of(model, edit.Question, edit.Subject, config.FactToken);
        var before = ValueSearch.At(model, edit.Question, place, "layer.1.mlp.down_proj");
        var loss = Edits.Loss(model, edit);
        using var editor = new Rome(model, Edits.Corpus, config);
        editor.Apply(edit);
        Close.Assert("W′k", before + found.Delta, ValueSearch.At(model, edit.Question, place, "layer.1.mlp.down_proj"), 1e-4);
        Assert.True(found.Delta.norm().item<double>() > 0.1);
        Assert.True(Edits.Loss(model, edit) < loss);
        Assert.Equal(found.Losses, editor.Losses[0]);
    }

    [Fact]
    public void Memit_Layers_ShareWhatIsMissing()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var weights = model.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter.clone());
        // Almost no weight on the corpus: each layer writes its whole share
        var config = MemitConfig.Nano with { Layers = [0, 1, 2], FactToken = FactToken.SubjectLast, VNumGradSteps = 8, Mom2UpdateWeight = 1e-3 };
        using var editor = new Memit(model, Edits.Corpus, config);
        editor.Apply([Edits.Visual, Edits.Textual]);
        Assert.Equal(3, editor.ResidualNorms.Count);
        Assert.True(editor.ResidualNorms[2] < editor.ResidualNorms[0] && editor.ResidualNorms[1] < editor.ResidualNorms[0],
            string.Join(", ", editor.ResidualNorms));
        foreach (var (name, parameter) in model.Model.named_parameters())
            Assert.Equal(!(name.EndsWith("mlp.down_proj.weight", StringComparison.Ordinal) && !name.Contains("layers.3")),
                Edits.Same(parameter, weights[name]));
    }

    /// <summary>MEMIT, algorithm 1: from the first layer on, each writes (z − h) / (layers left) with what h is by then.</summary>
    [Fact]
    public void Memit_EveryLayer_EqualsTheBruteForceChangeOfItsShare()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var config = MemitConfig.Nano with { Layers = [0, 1, 2], VNumGradSteps = 4 };
        Edit[] edits = [Edits.Visual, Edits.Textual];
        Tensor Weight(int layer) => model.Model.Decoder.Layers[layer].Mlp.DownWeight;
        Tensor Hidden(Edit edit) => ValueSearch.At(model, edit.Question, FactPlace.Of(model, edit.Question, edit.Subject, config.FactToken), "layer.2");
        var moments = KeyStatistics.Of(model, config.Layers, Edits.Corpus);
        var before = config.Layers.Select(layer => Weight(layer).detach().clone()).ToList();
        var wanted = edits.Select(edit => Hidden(edit) + ValueSearch.Of(model, edit, 2, config).Delta).ToList();
        var expected = new List<Tensor>();
        foreach (var (layer, moment) in config.Layers.Zip(moments))
        {
            var keys = stack(edits.Select(edit => ValueSearch.Key(model, edit, layer, config)), dim: 1);
            var share = stack(edits.Zip(wanted, (edit, z) => z - Hidden(edit)), dim: 1) / (config.Layers.Length - layer);
            var ridge = eye(keys.shape[0], dtype: float64) * (config.Ridge * moment.SecondMoment.diagonal().mean());
            expected.Add(share.matmul(keys.t()).matmul(linalg.inv((moment.SecondMoment + ridge) * config.Mom2UpdateWeight + keys.matmul(keys.t()))));
            using var none = no_grad();
            Weight(layer).copy_(before[layer].to(float64) + expected[layer]);
        }
        using (no_grad()) foreach (var layer in config.Layers) Weight(layer).copy_(before[layer]);
        using var editor = new Memit(model, Edits.Corpus, config);
        editor.Apply(edits);
        foreach (var layer in config.Layers)
        {
            Close.Assert($"ΔW of layer {layer}", expected[layer], Weight(layer) - before[layer], 1e-6);
            Assert.True(expected[layer].abs().max().item<double>() > 1e-3, $"layer {layer}: {expected[layer].abs().max().item<double>()}");
        }
        foreach (var moment in moments) moment.Dispose();
    }

    [Fact]
    public void Memit_OneLayer_EqualsTheBruteForceChange()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var config = MemitConfig.Nano with { Layers = [1], VNumGradSteps = 4, Ridge = 1e-2 };
        Edit[] edits = [Edits.Visual, Edits.Textual];
        var keys = stack(edits.Select(edit => ValueSearch.Key(model, edit, 1, config)), dim: 1);
        var residuals = stack(edits.Select(edit => ValueSearch.Of(model, edit, 1, config).Delta), dim: 1);
        using var statistics = KeyStatistics.Of(model, [1], Edits.Corpus)[0];
        var moment = statistics.SecondMoment + eye(keys.shape[0], dtype: float64) * (1e-2 * statistics.SecondMoment.diagonal().mean());
        var expected = residuals.matmul(keys.t()).matmul(linalg.inv(moment * config.Mom2UpdateWeight + keys.matmul(keys.t())));
        var before = model.Model.Decoder.Layers[1].Mlp.DownWeight.detach().clone();
        using var editor = new Memit(model, Edits.Corpus, config);
        editor.Apply(edits);
        Close.Assert("ΔW", expected, model.Model.Decoder.Layers[1].Mlp.DownWeight - before, 1e-6);
        Assert.True(expected.abs().max().item<double>() > 1e-3, $"{expected.abs().max().item<double>()}");
    }

    [Fact]
    public void KeyStatistics_Corpus_IsTheMeanOfOuterProducts()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        using var statistics = KeyStatistics.Of(model, [2], [.. Edits.Corpus.Skip(5).Take(2)])[0];
        var sum = zeros_like(statistics.SecondMoment);
        var tokens = 0;
        foreach (var question in Edits.Corpus.Skip(5).Take(2))
            for (var place = 0; place < model.Prompts.Encode(question).Ids.Length; place++, tokens++)
            {
                var key = ValueSearch.At(model, question, place, "layer.2.mlp.keys");
                sum += outer(key, key);
            }
        Assert.Equal(tokens, statistics.Tokens);
        Close.Assert("C", sum / tokens, statistics.SecondMoment, 1e-5);
    }

    [Fact]
    public void AlphaEdit_Cut_IsReported()
    {
        using var model = Edits.Load();
        using var editor = new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { Layers = [0, 1, 2], VNumGradSteps = 2 });
        editor.Apply(Edits.Textual);
        Assert.Equal([0, 1, 2], editor.Cuts.Select(cut => cut.Layer));
        Assert.All(editor.Cuts, cut => Assert.Equal(cut.Kept, cut.Eigenvalues.Count(value => value < cut.Threshold)));
        using var nothing = new AlphaEdit(model, Edits.Corpus, AlphaEditConfig.Nano with { NullspaceThreshold = -1 });
        Assert.Contains("raise the threshold", Assert.Throws<ArgumentException>(() => nothing.Apply(Edits.Visual)).Message);
    }

    [Fact]
    public void AlphaEdit_OnTheModel_AnswersPreservedKeysAsBefore()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var config = AlphaEditConfig.Nano with { Layers = [1], VNumGradSteps = 8, NullspaceThreshold = 1e-3, Ridge = 1e-6 };
        using var statistics = KeyStatistics.Of(model, [1], Edits.Corpus)[0];
        var ridge = eye(statistics.SecondMoment.shape[0], dtype: float64) * (config.Ridge * statistics.SecondMoment.diagonal().mean());
        var (values, vectors) = linalg.eigh(statistics.SecondMoment + ridge);
        // [intermediate, directions of the usual keys]
        var preserved = vectors.index_select(1, values.ge(config.NullspaceThreshold).nonzero().squeeze(1));
        var before = model.Model.Decoder.Layers[1].Mlp.DownWeight.detach().to(float64);
        using var editor = new AlphaEdit(model, Edits.Corpus, config);
        editor.Apply([Edits.Visual, Edits.Textual]);
        var change = model.Model.Decoder.Layers[1].Mlp.DownWeight.detach().to(float64) - before;
        Assert.Equal(preserved.shape[1], preserved.shape[0] - editor.Cuts.Single().Kept);
        Close.Assert("ΔW K₀", zeros(change.shape[0], preserved.shape[1], dtype: float64), change.matmul(preserved), 1e-5);
        Assert.True(change.norm().item<double>() > 0.1, $"‖ΔW‖ = {change.norm().item<double>()}");
    }

    [Fact]
    public void AlphaEdit_SecondEdit_CountsTheKeysOfTheFirst()
    {
        using var scope = NewDisposeScope();
        using var model = Edits.Load();
        var config = AlphaEditConfig.Nano with { Layers = [1], VNumGradSteps = 4 };
        Tensor Weight() => model.Model.Decoder.Layers[1].Mlp.DownWeight.detach().to(float64);
        Tensor Key(Edit edit) => ValueSearch.Key(model, edit, 1, config).unsqueeze(1);
        using var statistics = KeyStatistics.Of(model, [1], Edits.Corpus)[0];
        var moment = statistics.SecondMoment + eye(statistics.SecondMoment.shape[0], dtype: float64)
            * (config.Ridge * statistics.SecondMoment.diagonal().mean());
        var (projection, _, _) = ClosedForm.NullSpace(moment, config.NullspaceThreshold);
        using var editor = new AlphaEdit(model, Edits.Corpus, config);
        editor.Apply(Edits.Visual);
        var (before, first) = (Weight(), Key(Edits.Visual));
        var (second, residual) = (Key(Edits.Textual), ValueSearch.Of(model, Edits.Textual, 1, config).Delta.unsqueeze(1));
        editor.Apply(Edits.Textual);
        Tensor Expected(Tensor earlier) => ClosedForm.AlphaEdit(projection, earlier, second, residual, config.L2);
        var change = Weight() - before;
        Close.Assert("ΔW", Expected(first.matmul(first.t())), change, 1e-5);
        Assert.True(Close.Difference(Expected(zeros_like(projection)), change) > 1e-3);          // without the first key it would be another change
    }

    [Theory, InlineData("France", " France"), InlineData("currency", " currency"), InlineData("Fra", "France")]
    public void FactPlace_Subject_IsItsLastToken(string subject, string within)
    {
        using var model = Edits.Load();
        var ids = model.Prompts.Encode(new("In France which currency?")).Ids;
        var range = FactPlace.Subject(model, new("In France which currency?"), subject);
        Assert.Contains(model.Tokenizer.Decode(ids[range]).Trim(), within, StringComparison.Ordinal);
        Assert.Contains(subject, model.Tokenizer.Decode(ids[range]), StringComparison.Ordinal);
    }

    [Fact]
    public void FactPlace_MissingSubject_IsRefused_AndAPictureIsItsOwnSubject()
    {
        using var model = Edits.Load();
        Assert.Contains("does not occur",
            Assert.Throws<ArgumentException>(() => FactPlace.Of(model, new("Which currency?"), "Chad", FactToken.SubjectLast)).Message);
        var ids = model.Prompts.Encode(Edits.Visual.Question).Ids;
        Assert.Equal(Array.LastIndexOf(ids, model.Model.Config.ImageTokenId), FactPlace.Of(model, Edits.Visual.Question, null, FactToken.SubjectLast));
        Assert.Equal(ids.Length - 1, FactPlace.Of(model, Edits.Visual.Question, null, FactToken.Last));
    }

    [Theory, InlineData(TraceSite.Hidden, true), InlineData(TraceSite.Mlp, true), InlineData(TraceSite.Hidden, false)]
    public void CausalTracing_RestoredStates_BringTheAnswerBack(TraceSite site, bool picture)
    {
        using var model = Edits.Load();
        var question = picture ? Edits.Visual.Question : Edits.Textual.Question;
        var trace = CausalTracing.Of(model, question, "<think>", picture ? null : "France", new() { Samples = 3, Site = site, Window = 4 });
        Assert.Equal(model.Model.Config.Text.NumHiddenLayers, trace.Restored.Length);
        Assert.All(trace.Restored, row => Assert.Equal(trace.Tokens.Count, row.Length));
        using (no_grad())
        {
            var chance = Edits.Logits(model, question)[0, -1].softmax(-1)[model.Tokenizer.EncodeText("<think>")[0]].item<float>();
            Assert.Equal(chance, trace.Clean, 1e-6);
        }
        Assert.NotEqual(trace.Clean, trace.Corrupted);
        if (site == TraceSite.Hidden) Assert.Equal(trace.Clean, trace.Restored[^1][^1], 1e-4);   // the last state of the last layer is all that the head reads
        Assert.Equal(trace.Corrupted, trace.Restored[^1][0], site == TraceSite.Hidden ? 1e-5 : 1);
    }
}
