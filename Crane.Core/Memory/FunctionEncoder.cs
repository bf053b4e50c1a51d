namespace Crane.Core.Memory;

/// <summary>An encoder over a part of a model that somebody else owns.</summary>
internal sealed class FunctionEncoder<T>(string name, Func<IReadOnlyList<T>, float[][]> encode) : Encoder<T>
{
    public override string Name => name;

    protected override IReadOnlyList<float[]> Encode(IReadOnlyList<T> inputs)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return encode(inputs);
    }
}
