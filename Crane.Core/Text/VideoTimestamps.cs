using System.Globalization;
using System.Text;

namespace Crane.Core.Text;

/// <summary>The <c>&lt;0.3 seconds&gt;</c> before each temporal patch of a video in Qwen3-VL's prompts (Hugging Face
/// <c>Qwen3VLProcessor._calculate_timestamps</c>).</summary>
public static class VideoTimestamps
{
    private const string Placeholder = "<|vision_start|><|video_pad|><|vision_end|>";

    /// <summary>The time of each temporal patch: the middle between its first and last frame. A last patch that is not full repeats the last frame.</summary>
    /// <param name="frameIndices">Frames that were taken from the video, ascending.</param>
    /// <param name="framesPerSecond">Of the video, positive.</param>
    /// <param name="framesPerPatch">Qwen's temporal_patch_size.</param>
    /// <returns>Seconds, one per temporal patch.</returns>
    /// <exception cref="ArgumentException">No frames, or a rate or size that is not positive.</exception>
    public static double[] Seconds(IReadOnlyList<int> frameIndices, double framesPerSecond, int framesPerPatch = 2)
    {
        if (frameIndices.Count == 0) throw new ArgumentException("A video needs at least one frame.", nameof(frameIndices));
        if (!(framesPerSecond > 0)) throw new ArgumentOutOfRangeException(nameof(framesPerSecond), framesPerSecond, "Frames per second must be positive.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(framesPerPatch);
        var patches = (frameIndices.Count + framesPerPatch - 1) / framesPerPatch;
        double At(int frame) => frameIndices[Math.Min(frame, frameIndices.Count - 1)] / framesPerSecond;
        return [.. Enumerable.Range(0, patches).Select(patch => (At(patch * framesPerPatch) + At((patch + 1) * framesPerPatch - 1)) / 2)];
    }

    /// <summary>The texts before each temporal patch, with one decimal, exact halves to the even digit as Python rounds them: 0.25 gives 0.2.</summary>
    /// <exception cref="ArgumentException">As <see cref="Seconds"/>.</exception>
    public static string[] Texts(IReadOnlyList<int> frameIndices, double framesPerSecond, int framesPerPatch = 2) =>
        [.. Seconds(frameIndices, framesPerSecond, framesPerPatch).Select(seconds => $"<{OneDecimal(seconds)} seconds>")];

    /// <summary>Gives every temporal patch of every video its time and a block of its own.</summary>
    /// <param name="prompt">With one <c>&lt;|vision_start|&gt;&lt;|video_pad|&gt;&lt;|vision_end|&gt;</c> per video.</param>
    /// <param name="textsPerVideo">In order of the videos, as <see cref="Texts"/> gives them.</param>
    /// <exception cref="ArgumentException">There are more or fewer videos than placeholders.</exception>
    public static string InsertBlocks(string prompt, IReadOnlyList<IReadOnlyList<string>> textsPerVideo)
    {
        var pieces = prompt.Split(Placeholder);
        if (pieces.Length - 1 != textsPerVideo.Count)
            throw new ArgumentException($"The prompt has {pieces.Length - 1} video placeholders, {textsPerVideo.Count} videos were given.",
                nameof(textsPerVideo));
        var written = new StringBuilder(pieces[0]);
        for (var i = 0; i < textsPerVideo.Count; i++)
        {
            foreach (var text in textsPerVideo[i]) written.Append(text).Append(Placeholder);
            written.Append(pieces[i + 1]);
        }
        return written.ToString();
    }

    // The only exact halves of a tenth among binary fractions end in .25 and .75; .NET's F1 is right for all others.
    private static string OneDecimal(double seconds) => (seconds - Math.Floor(seconds)) switch
    {
        0.25 => $"{Math.Floor(seconds).ToString("F0", CultureInfo.InvariantCulture)}.2",
        0.75 => $"{Math.Floor(seconds).ToString("F0", CultureInfo.InvariantCulture)}.8",
        _ => seconds.ToString("F1", CultureInfo.InvariantCulture),
    };
}
