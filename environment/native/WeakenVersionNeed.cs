// An MSBuild task, compiled at build time by Crane.Native.targets.
//
// libLibTorchSharp.so asks libstdc++ for the symbol version GLIBCXX_3.4.32, which Debian 12 and Ubuntu 22.04 do not have yet; no
// relocation uses it. Marking that one need as weak (VER_FLG_WEAK, ELF gABI "Version Need") lets the loader go on without it.
// Where libstdc++ is newer the flag changes nothing.
using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

public class WeakenVersionNeed : Task
{
    private const int ProgramHeaderLoad = 1, ProgramHeaderDynamic = 2;
    private const long DynamicStrings = 5, VersionNeed = 0x6ffffffe, VersionNeedCount = 0x6fffffff;
    private const byte Weak = 2;

    /// <summary>Path of an ELF library; anything else is left alone.</summary>
    [Required] public string File { get; set; }

    /// <summary>Name of the symbol version that may be absent, for example GLIBCXX_3.4.32.</summary>
    [Required] public string Version { get; set; }

    private byte[] elf;

    public override bool Execute()
    {
        elf = System.IO.File.ReadAllBytes(File);
        if (!IsLittleEndianElf64() || MarkWeak() == 0) return true;
        var stamp = System.IO.File.GetLastWriteTimeUtc(File);
        var temporary = File + ".weak";
        // The file may be a hard link into the package cache: write beside it and take its place, never through it.
        System.IO.File.WriteAllBytes(temporary, elf);
        System.IO.File.SetLastWriteTimeUtc(temporary, stamp);   // the incremental copy of the next build sees "unchanged"
        System.IO.File.Delete(File);
        System.IO.File.Move(temporary, File);
        Log.LogMessage(MessageImportance.Normal, "Marked {0} as a weak need in {1}.", Version, File);
        return true;
    }

    private bool IsLittleEndianElf64()
    {
        return elf.Length > 64 && elf[0] == 0x7f && elf[1] == 'E' && elf[2] == 'L' && elf[3] == 'F' && elf[4] == 2 && elf[5] == 1;
    }

    private int MarkWeak()
    {
        long strings = 0, needs = 0, count = 0;
        foreach (var header in Headers(ProgramHeaderDynamic))
            for (var entry = Int64(header + 8); Int64(entry) != 0; entry += 16)
            {
                var value = Int64(entry + 8);
                if (Int64(entry) == DynamicStrings) strings = FileOffset(value);
                else if (Int64(entry) == VersionNeed) needs = FileOffset(value);
                else if (Int64(entry) == VersionNeedCount) count = value;
            }
        var marked = 0;
        for (var need = needs; count > 0; count--, need += UInt32(need + 12))
        {
            var versions = UInt16(need + 2);
            for (var aux = need + UInt32(need + 8); versions > 0; versions--, aux += UInt32(aux + 12))
            {
                if ((elf[aux + 4] & Weak) != 0 || Text(strings + UInt32(aux + 8)) != Version) continue;
                elf[aux + 4] |= Weak;
                marked++;
            }
        }
        return marked;
    }

    private System.Collections.Generic.IEnumerable<long> Headers(int type)
    {
        for (var i = 0; i < UInt16(56); i++)
        {
            var header = Int64(32) + i * UInt16(54);
            if (UInt32(header) == type) yield return header;
        }
    }

    private long FileOffset(long address)
    {
        foreach (var header in Headers(ProgramHeaderLoad))
            if (address >= Int64(header + 16) && address < Int64(header + 16) + Int64(header + 32))
                return address - Int64(header + 16) + Int64(header + 8);
        throw new InvalidDataException(File + ": address " + address + " is in no loaded segment.");
    }

    private string Text(long offset)
    {
        var end = offset;
        while (elf[end] != 0) end++;
        return Encoding.ASCII.GetString(elf, (int)offset, (int)(end - offset));
    }

    private long Int64(long offset) { return BitConverter.ToInt64(elf, (int)offset); }
    private uint UInt32(long offset) { return BitConverter.ToUInt32(elf, (int)offset); }
    private ushort UInt16(long offset) { return BitConverter.ToUInt16(elf, (int)offset); }
}
