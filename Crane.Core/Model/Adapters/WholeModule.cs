using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model.Adapters;

/// <summary>A module learnt in full: a copy of its weights takes their place (PEFT: modules_to_save). Linear maps and embeddings can be; the base computes its
/// own output too, which is then left aside.</summary>
internal sealed class WholeModule : AdapterPart
{
    private readonly Dictionary<string, (Parameter Base, Parameter Copy)> pairs = [];
    private readonly bool embeds;

    /// <summary>A copy of a module's weights.</summary>
    /// <exception cref="NotSupportedException">It is neither a linear map nor an embedding.</exception>
    public WholeModule(string name, nn.Module module, string adapter) : base(name)
    {
        embeds = module is Embedding;
        if (module is not (Linear or Embedding))
            throw new NotSupportedException($"modules_to_save names '{Path}', a {module.GetName()}; linear maps and embeddings can be learnt in full.");
        foreach (var (parameterName, parameter) in module.named_parameters(recurse: false))
            pairs[parameterName] = (parameter, Learn(parameter, $".modules_to_save.{adapter}.{parameterName}", $".{parameterName}"));
    }

    private Parameter Weight => pairs["weight"].Copy;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, Tensor output)
    {
        using var scope = NewDisposeScope();
        var replaced = embeds ? Weight.index_select(0, x.flatten()).view([.. x.shape, Weight.shape[1]])
            : F.linear(x.to(Weight.dtype), Weight, pairs.TryGetValue("bias", out var bias) ? bias.Copy : null);
        return replaced.to(output.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IEnumerable<(Parameter Base, Tensor Value)> Merged() => pairs.Values.Select(pair => (pair.Base, (Tensor)pair.Copy));
}
