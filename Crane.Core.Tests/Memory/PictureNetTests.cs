using Crane.Core.Memory;
using Crane.Core.Memory.Learning;
using Crane.Core.Vision;
using TorchSharp;

namespace Crane.Core.Tests.Memory;

[Collection(nameof(Torch))]
public sealed class PictureNetTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crane-net").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Three stripes, perhaps in a frame of neutral grey.</summary>
    private static Picture Stripes(int seed, int margin = 0)
    {
        var colours = new byte[9];
        Seeds.Random(seed).NextBytes(colours);
        var picture = new Picture(64, 48, [.. Enumerable.Repeat((byte)128, 64 * 48 * 3)]);
        for (var y = margin; y < 48 - margin; y++)
            for (var x = margin; x < 64 - margin; x++)
                colours.AsSpan(3 * ((x - margin) * 3 / (64 - 2 * margin)), 3).CopyTo(picture.Rgb.AsSpan(3 * (64 * y + x)));
        return picture;
    }

    private static readonly PictureNetOptions Short = new() { Steps = 15, Things = 6 };

    private static PictureFamilies Things => new([.. Enumerable.Range(0, 12).Select(s => (IReadOnlyList<IReadOnlyList<Picture>>)[[Stripes(s)]])]);

    [Fact]
    public void Trim_GreyMargins_AreTakenOffAndNothingElse()
    {
        var (plain, framed) = (Stripes(3), Stripes(3, margin: 5));
        Assert.Equal((54, 38), (PictureCrops.Trim(framed).Width, PictureCrops.Trim(framed).Height));
        Assert.Equal(plain.Rgb, PictureCrops.Trim(plain).Rgb);
        var grey = new Picture(20, 10, [.. Enumerable.Repeat((byte)128, 600)]);
        Assert.Equal((12, 6), (PictureCrops.Trim(grey).Width, PictureCrops.Trim(grey).Height));   // a fifth of each side at most
        Assert.Equal(9, PictureCrops.Of(framed).Count);
        Assert.Equal(1, PictureCrops.Of(new Picture(1, 1, [1, 2, 3])).Min(p => p.Width));
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameNetAndBringsViewsTogether()
    {
        using var first = PictureNet.Train(Things, Short, seed: 5);
        using var again = PictureNet.Train(Things, Short, seed: 5);
        using var other = PictureNet.Train(Things, Short, seed: 6);
        float[] Key(PictureNet net, Picture picture) => net.Encode([picture])[0];
        Assert.Equal(Key(first, Stripes(100)), Key(again, Stripes(100)));
        Assert.NotEqual(Key(first, Stripes(100)), Key(other, Stripes(100)));
        double Cosine(Picture a, Picture b) => Key(first, a).Zip(Key(first, b), (x, y) => (double)x * y).Sum();
        var right = Enumerable.Range(200, 20).Count(s => Cosine(Stripes(s), Stripes(s, margin: 4)) > Cosine(Stripes(s), Stripes(s + 50)));
        Assert.InRange(right, 18, 20);   // new pictures, framed differently
    }

    [Fact]
    public void Save_ThenLoad_IsTheSameNet_AndAForeignFileIsRefused()
    {
        using var net = PictureNet.Train(Things, Short, seed: 1);
        var path = Path.Combine(folder, "net.safetensors");
        net.Save(path);
        using (var loaded = PictureNet.Load(path)) Assert.Equal(net.Encode([Stripes(9)])[0], loaded.Encode([Stripes(9)])[0]);
        ProjectionHead.Centre([[1, 2], [3, 5]]).Save(path);
        Assert.Contains("not a picture net", Assert.Throws<InvalidDataException>(() => PictureNet.Load(path)).Message);
    }

    [Fact]
    public void Train_Cancelled_Stops()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => PictureNet.Train(Things, Short, cancellationToken: stop.Token));
    }

    [Fact]
    public void Encode_ManyTimes_LeavesNoTensor()
    {
        using var net = PictureNet.Train(Things, Short, seed: 1);
        net.Encode([Stripes(1)]);
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 5; i++) net.Encode([Stripes(i), Stripes(i + 1)]);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void PrincipalPlane_PointsOnALine_SpreadAlongItAlone()
    {
        var plane = PrincipalPlane.Of([.. Enumerable.Range(0, 9).Select(i => (float[])[2 * i, 1, -i])]);
        Assert.All(plane, p => Assert.Equal(0, p.Y, 1e-9));
        Assert.Equal(Math.Sqrt(5), Math.Abs(plane[1].X - plane[0].X), 1e-6);
    }
}
