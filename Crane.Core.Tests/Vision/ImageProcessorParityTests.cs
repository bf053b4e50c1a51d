using Crane.Core.Vision;
using static TorchSharp.torch;

namespace Crane.Core.Tests.Vision;

[Collection(nameof(Torch)), Trait("Category", "Golden")]
public class ImageProcessorParityTests
{
    public static TheoryData<string, string> Runs()
    {
        var rows = new TheoryData<string, string>();
        foreach (var picture in GoldenPicture.All)
            foreach (var run in picture.Runs) rows.Add(picture.FileName, run.Setting);
        return rows;
    }

    /// <summary>From the stored array before resizing where there is one, else from the file: exact, but for the decoder's own tolerance.</summary>
    [Theory, MemberData(nameof(Runs))]
    public void Resize_Run_EqualsHuggingFace(string file, string setting)
    {
        var (golden, run) = Find(file, setting);
        var stored = golden.Rgb;
        var resized = GoldenPicture.Processor(setting).Resize(stored ?? PictureFile.Load(golden.Path, PictureOptions.AsOpened));
        Levels.Assert(run.Resized, PictureFile.Load(Golden.File("images", run.Resized)), resized, stored is null ? golden.Tolerance : 0);
    }

    [Theory, MemberData(nameof(Runs))]
    public void Cut_StoredResizedPicture_EqualsHuggingFace(string file, string setting)
    {
        using var scope = NewDisposeScope();
        var (golden, run) = Find(file, setting);
        var input = GoldenPicture.Processor(setting).Cut(PictureFile.Load(Golden.File("images", run.Resized)));
        Assert.Equal(run.Grid, input.Grid);
        Assert.Equal((run.Shape[0], run.Shape[1]), (input.Grid.Patches, input.PixelValues.Length / input.Grid.Patches));
        var (index, expected) = (golden.Tensor(setting, "sample_index").data<long>().ToArray(), golden.Tensor(setting, "sample_value"));
        Close.Assert("sample_value", expected, tensor([.. index.Select(i => input.PixelValues[i])]), 1e-5);
        if (run.Full) Close.Assert("pixel_values", golden.Tensor(setting, "pixel_values").flatten(), tensor(input.PixelValues), 2e-3);
        Assert.Equal(run.Mean, input.PixelValues.Average(v => (double)v), 1e-5);
        Assert.Equal(run.Std, Math.Sqrt(input.PixelValues.Average(v => (v - run.Mean) * (v - run.Mean))), 1e-5);
        Assert.Equal(1, input.PixelValues.Sum(v => (double)Math.Abs(v)) / run.AbsSum, 1e-6);
    }

    /// <summary>From the file to the values. Levels of a lossy decoder become values when divided by 255 and by the standard deviation.</summary>
    [Theory, MemberData(nameof(Runs))]
    public void Process_File_EqualsHuggingFace(string file, string setting)
    {
        using var scope = NewDisposeScope();
        var (golden, run) = Find(file, setting);
        if (golden.SixteenBitGrey) return;   // differs on purpose, see PictureFileParityTests
        var processor = GoldenPicture.Processor(setting);
        var input = processor.Process(PictureFile.Load(golden.Path, PictureOptions.AsOpened));
        Assert.Equal(run.Grid, input.Grid);
        var (index, expected) = (golden.Tensor(setting, "sample_index").data<long>().ToArray(), golden.Tensor(setting, "sample_value"));
        var tolerance = 1e-5 + golden.Tolerance / 255.0 / processor.Config.ImageStd.Min();
        Close.Assert("sample_value", expected, tensor([.. index.Select(i => input.PixelValues[i])]), tolerance);
    }

    private static (GoldenPicture Picture, GoldenRun Run) Find(string file, string setting)
    {
        var picture = GoldenPicture.Of(file);
        return (picture, picture.Runs.Single(run => run.Setting == setting));
    }
}
