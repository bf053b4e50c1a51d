using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model.Adapters;

/// <summary>One named adapter on a model: its config, its weights, and the hooks through which it acts. It stands beside the base, whose modules, names and
/// weights stay what they are.</summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly List<AdapterPart> parts = [];
    private readonly List<Action> unhook = [];

    internal LoraAdapter(CausalModel model, string name, LoraConfig config, int seed)
    {
        (Name, Config) = (name, config.Checked());
        try { Insert(model, seed); }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Its name beside other adapters.</summary>
    public string Name { get; }

    /// <summary>What it changes.</summary>
    public LoraConfig Config { get; }

    /// <summary>Its weights, under PEFT's names.</summary>
    public IEnumerable<AdapterTensor> Tensors => parts.SelectMany(part => part.Tensors);

    /// <summary>Factor of the change at each adapted module, by Hugging Face's path.</summary>
    public IReadOnlyDictionary<string, double> Scalings => parts.OfType<LoraLayer>().ToDictionary(layer => layer.Path, layer => layer.Scaling);

    /// <summary>Whether the hooks act.</summary>
    internal bool InForce { get; set; }

    internal IEnumerable<(Parameter Base, Tensor Value)> Merged() => parts.SelectMany(part => part.Merged());

    private void Insert(CausalModel model, int seed)
    {
        var modules = model.named_modules().DistinctBy(m => m.name).ToDictionary(m => m.name, m => m.module);
        foreach (var (name, module) in modules.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var path = CheckpointKeys.OfModule(name);
            if (LoraTargets.IsSaved(Config, path)) Hook(module, new WholeModule(name, module, Name));
            else if (LoraTargets.IsTarget(Config, path, module is Linear)) Hook(module, Adapt(name, module, seed));
            else if (Config.Bias == "all" && OwnBias(module) is { } bias)
                // the patch embedding applies its convolution itself
                Hook(module is Conv3d ? modules[name[..name.LastIndexOf('.')]] : module, new LearntBias(name, bias));
        }
        CheckFound(modules.Keys.Select(CheckpointKeys.OfModule).ToList());
    }

    private LoraLayer Adapt(string name, nn.Module module, int seed)
    {
        if (module is not Linear linear)
            throw new NotSupportedException($"target_modules ({Config.TargetModules}) name '{CheckpointKeys.OfModule(name)}', a {module.GetName()}; only linear maps can get a low-rank change.");
        using var generator = new Generator((ulong)Seeds.Mix(seed, parts.Count));
        return new LoraLayer(name, linear, Name, Config, generator);
    }

    private void Hook(nn.Module module, AdapterPart part)
    {
        parts.Add(part);
        if (module is not nn.Module<Tensor, Tensor> called)
            throw new NotSupportedException($"'{part.Path}' is a {module.GetName()}, which cannot be adapted; name linear maps.");
        var hook = called.register_forward_hook((_, x, output) => InForce ? part.Apply(x, output) : output);
        unhook.Add(hook.remove);
    }

    private void CheckFound(IReadOnlyList<string> paths)
    {
        var linear = string.Join(", ", paths.Where(path => path.EndsWith("proj", StringComparison.Ordinal)).Select(path => path.Split('.')[^1]).Distinct());
        if (!parts.OfType<LoraLayer>().Any())
            throw new ArgumentException($"target_modules ({Config.TargetModules}) name no module of this model: the adapter is for another base. Its projections are called {linear}.");
        var absent = Config.TargetModules.Where(name => !paths.Any(path => path == name || path.EndsWith("." + name, StringComparison.Ordinal)))
            .Concat(Config.ModulesToSave.Where(name => !paths.Any(path => path.EndsWith(name, StringComparison.Ordinal)))).ToList();
        if (absent.Count > 0)
            throw new ArgumentException($"The model has no module {string.Join(", ", absent.Select(name => $"'{name}'"))}, which the adapter's config names: it is for another base, "
                + $"or the head is tied to the embedding. Its projections are called {linear}.");
    }

    private static Parameter? OwnBias(nn.Module module) =>
        module.named_parameters(recurse: false).Where(p => p.name == "bias").Select(p => p.parameter).FirstOrDefault();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var remove in unhook) remove();
        foreach (var part in parts) part.Dispose();
        unhook.Clear();
        parts.Clear();
    }
}
