using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model.Adapters;

/// <summary>A weight of an adapter.</summary>
/// <param name="Name">As PEFT's live model names it, for example <c>base_model.model.lm_head.modules_to_save.default.weight</c>.</param>
/// <param name="Key">As <c>adapter_model.safetensors</c> names it, without the adapter's name: <c>base_model.model.lm_head.weight</c>.</param>
/// <param name="PublishedKey">The same under the older layout of keys (<see cref="CheckpointKeys.OfPublished"/>).</param>
/// <param name="Parameter">The weight.</param>
public sealed record AdapterTensor(string Name, string Key, string PublishedKey, Parameter Parameter);

/// <summary>What an adapter does at one module: changes its output, and can be written into its weights.</summary>
internal abstract class AdapterPart(string name) : IDisposable
{
    private readonly List<AdapterTensor> tensors = [];

    /// <summary>Hugging Face's path of the module.</summary>
    public string Path { get; } = CheckpointKeys.OfModule(name);

    /// <summary>The learnt weights.</summary>
    public IReadOnlyList<AdapterTensor> Tensors => tensors;

    /// <summary>The module's output with the adapter in force.</summary>
    /// <param name="x">What the module read.</param>
    /// <param name="output">What it made of it.</param>
    public abstract Tensor Apply(Tensor x, Tensor output);

    /// <summary>For each of the base's parameters that the adapter changes, the value it would have to have.</summary>
    public abstract IEnumerable<(Parameter Base, Tensor Value)> Merged();

    /// <summary>Makes a tensor a weight of this part. Adapters are float32 whatever the base's type, as in PEFT.</summary>
    /// <param name="value">Its first value; stays the caller's.</param>
    /// <param name="live">The end of its live name.</param>
    /// <param name="saved">The end of its key.</param>
    protected Parameter Learn(Tensor value, string live, string saved)
    {
        using var scope = NewDisposeScope();
        var parameter = nn.Parameter(value.detach().to(float32).clone());
        parameter.DetachFromDisposeScope();
        tensors.Add(new($"base_model.model.{Path}{live}", $"base_model.model.{Path}{saved}", $"base_model.model.{CheckpointKeys.OfPublished(name)}{saved}",
            parameter));
        return parameter;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in tensors) tensor.Parameter.Dispose();
    }
}
