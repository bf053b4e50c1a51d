using System.Text.Json;
using Crane.Core.Model;
using Crane.Core.Training;
using Crane.Core.Training.Grpo;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Training.Grpo;

/// <summary>Reads stored cases of TRL: configs under Python's names, tensors, tiny models.</summary>
internal static class GrpoGolden
{
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public static string Folder(params string[] parts) => Golden.File(["trl", .. parts]);

    /// <summary>A config of Crane from a stored one; a key that it does not know fails, except those named.</summary>
    public static TConfig Config<TConfig>(JsonElement stored, params string[] leftOut) where TConfig : TrainingConfig
    {
        var known = stored.EnumerateObject().Where(p => !leftOut.Contains(p.Name) && p.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(p => p.Name, p => p.Value);
        return JsonSerializer.Deserialize<TConfig>(JsonSerializer.Serialize(known), Names)!;
    }

    public static Dictionary<string, Tensor> Tensors(params string[] parts) => SafeTensors.ReadAll(Folder(parts));

    public static void AssertNumber(string what, double expected, double found, double absolute, double relative = 0) =>
        Assert.True(expected.Equals(found) || Math.Abs(expected - found) <= absolute + relative * Math.Abs(expected),
            $"{what}: expected {expected:r}, found {found:r}.");
}
