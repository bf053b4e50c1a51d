using Crane.Core.Training.Grpo;

namespace Crane.Core.Tests.Training.Grpo;

[Collection(nameof(Torch))]
public class RepeatSamplerTests
{
    private const string File = "trl/repeat_sampler.json";

    public static TheoryData<int, string> Cases() => GoldenRecord.Cases(File);

    [Theory, Trait("Category", "Golden"), MemberData(nameof(Cases))]
    public void Epoch_StoredCase_HasTrlsOrder(int index, string name)
    {
        Assert.NotEmpty(name);
        var golden = GoldenRecord.Case(File, index);
        RepeatSampler Make() => new(golden.Integer("dataset_size"), golden.Integer("mini_repeat_count"), golden.Integer("batch_size"),
            golden.Integer("repeat_count"), golden["shuffle"].GetBoolean(), golden.Integer("seed"));
        var sampler = Make();
        Assert.Equal(golden.Integers("second_epoch"), Make().Epoch(1));   // without having seen the first
        Assert.Equal(golden.Integers("first_epoch"), sampler.Epoch(0));
        Assert.Equal(golden.Integers("second_epoch"), sampler.Epoch(1));
        Assert.Equal(golden.Integer("length"), sampler.Epoch(0).Count());
        golden.AssertAllRead();
    }
}
