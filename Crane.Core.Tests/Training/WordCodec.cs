using Crane.Core.Model;
using Crane.Core.Training.Grpo;

namespace Crane.Core.Tests.Training;

/// <summary>The 64 words of the tiny stored models: 0 pad, 1 bos, 2 eos, 3 unknown, 4 user, 5 asst, 6 end, from 7 on w0, w1, …</summary>
internal sealed class WordCodec : IPromptCodec
{
    private const int FirstWord = 7;
    private static readonly string[] Special = ["<pad>", "<bos>", "<eos>", "<unk>", "<user>", "<asst>", "<end>"];

    public const int Eos = 2, Pad = 0;

    public IReadOnlyList<int> EosTokenIds { get; } = [Eos];

    public int PadTokenId => Pad;

    public IReadOnlyList<int> NeverSampled { get; } = [];

    public static int[] Ids(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Array.IndexOf(Special, word) is >= 0 and var special ? special
            : FirstWord + int.Parse(word[1..]))];

    public EncodedPrompt Encode(Question question) => new(Ids(question.Text));

    public string Decode(int[] ids) => string.Join(' ', ids.Where(id => id >= FirstWord).Select(id => $"w{id - FirstWord}"));
}
