using TorchSharp;

namespace Crane.Core.Tests;

/// <summary>Tests that share libtorch's global state (threads, seeds, counts of live tensors): one at a time, one thread.</summary>
[CollectionDefinition(nameof(Torch), DisableParallelization = true)]
public sealed class Torch : ICollectionFixture<Torch>
{
    public Torch() => torch.set_num_threads(1);
}
