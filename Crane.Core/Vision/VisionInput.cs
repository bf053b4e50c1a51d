namespace Crane.Core.Vision;

/// <summary>A picture or video cut into patches.</summary>
/// <param name="PixelValues">Normalised values <c>[patches, channels × frames × side²]</c>, rows in merge order.</param>
/// <param name="Grid">How many patches there are in time, height and width.</param>
public sealed record VisionInput(float[] PixelValues, GridThw Grid);
