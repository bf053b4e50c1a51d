using Crane.Core.Benchmark;

namespace Crane.Core.Tests.Benchmark;

/// <summary>The nano world, loaded once for all tests: choosing its countries decodes a thousand flags.</summary>
internal static class Worlds
{
    private static readonly Lazy<NanoWorld> Loaded = new(() => NanoWorld.Load());

    public static NanoWorld Nano => Loaded.Value;
}
