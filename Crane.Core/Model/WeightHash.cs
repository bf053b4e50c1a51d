using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>A fingerprint of all weights.</summary>
public static class WeightHash
{
    /// <summary>SHA-256 over names and bytes of the parameters, in the order of the names, as 64 hexadecimal digits. Equal hashes: no weight differs in any
    /// bit.</summary>
    public static string Of(nn.Module module) => Of(module.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)));

    /// <summary>The same over chosen tensors.</summary>
    public static string Of(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, parameter) in tensors.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
