namespace Crane.Core.Text;

/// <summary>Repeats the one placeholder that a chat template writes for a picture as often as the vision tower gives features for it.</summary>
public static class PlaceholderExpansion
{
    /// <summary>Expands pictures and videos.</summary>
    /// <param name="ids">A prompt with one placeholder per picture and per block of a video, [length].</param>
    /// <param name="imagePadId">Qwen's <c>&lt;|image_pad|&gt;</c>.</param>
    /// <param name="videoPadId">Qwen's <c>&lt;|video_pad|&gt;</c>.</param>
    /// <param name="featuresPerImage">For each picture, in order: time × height × width of its grid / merge².</param>
    /// <param name="featuresPerVideoBlock">For each block: a whole video in Qwen2.5-VL, one temporal patch (height × width / merge²) in Qwen3-VL.</param>
    /// <exception cref="ArgumentException">The prompt has more or fewer placeholders than there are pictures or blocks, or a count is not positive.</exception>
    public static int[] Expand(ReadOnlySpan<int> ids, int imagePadId, int videoPadId, IReadOnlyList<int> featuresPerImage,
        IReadOnlyList<int>? featuresPerVideoBlock = null)
    {
        featuresPerVideoBlock ??= [];
        Check(ids.Count(imagePadId), featuresPerImage, "picture", nameof(featuresPerImage));
        Check(ids.Count(videoPadId), featuresPerVideoBlock, "video block", nameof(featuresPerVideoBlock));
        var (expanded, image, block) = (new List<int>(ids.Length + featuresPerImage.Sum() + featuresPerVideoBlock.Sum()), 0, 0);
        foreach (var id in ids)
        {
            var times = id == imagePadId ? featuresPerImage[image++] : id == videoPadId ? featuresPerVideoBlock[block++] : 1;
            for (var i = 0; i < times; i++) expanded.Add(id);
        }
        return [.. expanded];
    }

    private static void Check(int placeholders, IReadOnlyList<int> features, string what, string parameter)
    {
        if (placeholders != features.Count)
            throw new ArgumentException($"The prompt has {placeholders} {what} placeholders, features of {features.Count} were given."
                + (placeholders == features.Sum() ? " It was expanded before." : $" Each {what} needs exactly one in the messages."), parameter);
        foreach (var count in features)
            if (count <= 0) throw new ArgumentException($"A {what} cannot have {count} features.", parameter);
    }
}
