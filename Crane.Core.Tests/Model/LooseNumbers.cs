using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Crane.Core.Tests.Model;

/// <summary>Calls in compiled code that turn a plain number into a TorchSharp Scalar which nothing holds: Scalar's conversions, Tensor's operators that
/// take numbers, and operations that make a number inside (<c>a + b</c> multiplies <c>b</c> by 1).</summary>
internal static class LooseNumbers
{
    private static readonly Dictionary<int, OpCode> Codes =
        typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value & 0xFFFF);

    /// <summary>"Type.Method: called name", one a call.</summary>
    public static IEnumerable<string> Of(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var found = new List<string>();
        foreach (var method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
            foreach (var called in Calls(file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!))
                if (Loose(metadata, called) is { } name)
                    found.Add($"{TypeName(metadata, method.GetDeclaringType())}.{metadata.GetString(method.Name)}: {name}");
        return found;
    }

    private static IEnumerable<int> Calls(byte[] code)
    {
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? code[at] << 8 | code[at + 1] : code[at];
            var operation = Codes[value];
            at += operation.Size;
            if (operation.OperandType == OperandType.InlineMethod) yield return BitConverter.ToInt32(code, at);
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }

    private static string? Loose(MetadataReader metadata, int token)
    {
        var handle = (EntityHandle)System.Reflection.Metadata.Ecma335.MetadataTokens.Handle(token);
        if (handle.Kind != HandleKind.MemberReference) return null;
        var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
        if (member.Parent.Kind != HandleKind.TypeReference) return null;
        var parent = metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name);
        var name = metadata.GetString(member.Name);
        if (parent == "Scalar" && name == "op_Implicit") return "Scalar";
        if (parent is not ("Tensor" or "torch" or "functional")) return null;
        var signature = metadata.GetBlobReader(member.Signature);
        signature.ReadSignatureHeader();
        var count = signature.ReadCompressedInteger();
        if (name is "op_Addition" or "square" or "softplus" or "elu" or "celu" or "leaky_relu" || name is "add" or "add_" && count == 1
            || name.StartsWith("addcdiv", StringComparison.Ordinal) && count == 2 || name == "arange" && count < 6) return $"{name}, with a number of its own";
        if (parent != "Tensor" || !name.StartsWith("op_", StringComparison.Ordinal) || name == "op_Implicit") return null;
        var types = new List<SignatureTypeCode>();
        for (var i = 0; i <= count; i++)
        {
            var type = signature.ReadSignatureTypeCode();
            if (type == SignatureTypeCode.TypeHandle) signature.ReadTypeHandle();
            else types.Add(type);
        }
        return types.Count > 0 ? $"{name} {types[0]}" : null;
    }

    private static string TypeName(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = metadata.GetString(type.Name);
        return type.GetDeclaringType().IsNil ? $"{metadata.GetString(type.Namespace)}.{name}" : $"{TypeName(metadata, type.GetDeclaringType())}.{name}";
    }
}
