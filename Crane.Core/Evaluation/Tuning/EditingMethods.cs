using Crane.Core.Benchmark;
using Crane.Core.Editing;

namespace Crane.Core.Evaluation.Tuning;

/// <summary>The methods of the paper's matrix and the settings that the search tries for each: around the method's own defaults, scaled to four
/// layers.</summary>
public static class EditingMethods
{
    /// <summary>In the order of tables.</summary>
    public static IReadOnlyList<EditingMethod> All { get; } =
    [
        Of("ft", FineTuningConfig.Nano, (parts, c) => new FineTuning(parts.Model, c),
            from lr in (double[])[3e-5, 1e-4, 2e-4, 5e-4, 1e-3] select new FineTuningConfig { NumSteps = 50, Lr = lr,
                RewriteModules = ["language_model.layers."] }),
        Of("ft-last", FineTuningConfig.NanoDownProjection, (parts, c) => new FineTuning(parts.Model, c),
            from lr in (double[])[3e-4, 1e-3, 2e-3, 5e-3, 1e-2] select new FineTuningConfig { NumSteps = 50, Lr = lr }),
        Of("ft-l", FineTuningConfig.NanoConstrained, (parts, c) => new FineTuning(parts.Model, c),
            from limit in (double[])[5e-4, 5e-3, 1e-2, 2e-2] select new FineTuningConfig { NumSteps = 50, Lr = 1e-3, NormConstraint = limit }),
        Of("ft-merger", FineTuningConfig.NanoVisionMerger, (parts, c) => new FineTuning(parts.Model, c),
            from lr in (double[])[3e-4, 1e-3, 3e-3, 1e-2] select new FineTuningConfig { NumSteps = 50, Lr = lr, RewriteModules = ["visual.merger."] })
                with { Only = Modality.Visual },
        Of("lora", LoraEditingConfig.Nano, (parts, c) => new LoraEditing(parts.Model, c),
            from lr in (double[])[1e-4, 2e-4, 5e-4, 2e-3, 5e-3, 2e-2] select new LoraEditingConfig { NumSteps = 60, Lr = lr }),
        Of("mend", MendConfig.Nano, (parts, c) => new Mend(parts.Mend(c)),
            from editLr in (double[])[1e-2, 1e-1] select MendConfig.Nano with { EditLr = editLr, MaxIters = 300 }),
        Of("rome", RomeConfig.Nano, (parts, c) => new Rome(parts.Model, parts.Corpus, c),
            from place in (FactToken[])[FactToken.SubjectLast, FactToken.Last] from layer in (int[])[0, 1, 2, 3]
            select new RomeConfig { Layers = [layer], FactToken = place, VNumGradSteps = 50, ClampNormFactor = 8 }),
        Of("memit", MemitConfig.Nano, (parts, c) => new Memit(parts.Model, parts.Corpus, c),
            from layers in (int[][])[[0, 1], [0, 1, 2], [1], [1, 2], [2, 3]] from weight in (double[])[1, 100]
            select new MemitConfig { Layers = layers, FactToken = FactToken.Last, VNumGradSteps = 50, ClampNormFactor = 8, VWeightDecay = 1e-3,
                Mom2UpdateWeight = weight }),
        Of("alphaedit", AlphaEditConfig.Nano, (parts, c) => new AlphaEdit(parts.Model, parts.Corpus, c),
            from layers in (int[][])[[0, 1], [0, 1, 2], [1], [1, 2], [2, 3]] from cut in (double[])[1e-1, 1]
            select new AlphaEditConfig { Layers = layers, FactToken = FactToken.Last, VNumGradSteps = 50, ClampNormFactor = 8, VWeightDecay = 1e-3, VLr = 0.5,
                L2 = 1e-2, NullspaceThreshold = cut }),
        Of("grace", GraceConfig.Nano, (parts, c) => new Grace(parts.Model, c),
            from layer in (int[])[1, 2] from eps in (double[])[1, 3, 10] select new GraceConfig { Layer = layer, Eps = eps, ValInit = ValueInit.Warm,
                NIter = 50 }),
        Of("wise", WiseConfig.Nano, (parts, c) => new Wise(parts.Model, parts.Corpus, c),
            from layer in (int[])[1, 2] from lr in (double[])[0.05, 0.2]
            select new WiseConfig { Layer = layer, EditLr = lr, MaskRatio = 1, NIter = 100, ActRatio = 0.7, UnrelatedPerEdit = 12 }),
        Of("serac", SeracConfig.Nano, (parts, c) => parts.Serac(c),
            from threshold in (double[])[0.3, 0.5] select SeracConfig.Nano with { Threshold = threshold, MaxIters = 300 }),
        Of("ike", IkeConfig.Nano, (parts, c) => new Ike(parts.Demonstrations, parts.Similarity, c, parts.Model),
            from k in (int[])[0, 2, 6] select new IkeConfig { K = k }) with { Retrieval = "gold" },
        Of("rag", NoteInPromptConfig.Nano, (parts, c) => new NoteInPrompt(c, parts.Similarity, parts.Model),
            from k in (int?[])[1, 3] select new NoteInPromptConfig { K = k }) with { Retrieval = "gold" },
    ];

    /// <summary>A method by its id; with <c>-chain</c> at its end, the same method learning the full chain.</summary>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static EditingMethod Named(string id) =>
        All.FirstOrDefault(method => method.Id == id) is { } found ? found
        : id.EndsWith("-chain", StringComparison.Ordinal) && All.FirstOrDefault(method => method.Id == id[..^6]) is { } bare ? bare.WithChain()
        : throw new ArgumentException($"There is no method '{id}'; there are {string.Join(", ", All.Select(method => method.Id))}.", nameof(id));

    private static EditingMethod Of<T>(string id, T nano, Func<MethodParts, T, IEditor> make, IEnumerable<T> tried) where T : class =>
        new(id, nano, [.. tried], (parts, settings) => make(parts, (T)settings));
}
