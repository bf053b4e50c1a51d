namespace Crane.Core.Vision;

/// <summary>Size of a picture or video in patches, before merging.</summary>
/// <param name="Time">Temporal patches; 1 for a picture.</param>
/// <param name="Height">Rows of patches.</param>
/// <param name="Width">Columns of patches.</param>
public readonly record struct GridThw(int Time, int Height, int Width)
{
    /// <summary>Number of patches.</summary>
    public int Patches => Time * Height * Width;

    /// <summary>Number of tokens when squares of <paramref name="mergeSize"/> × <paramref name="mergeSize"/> patches become one.</summary>
    public int Tokens(int mergeSize) => Patches / (mergeSize * mergeSize);
}
