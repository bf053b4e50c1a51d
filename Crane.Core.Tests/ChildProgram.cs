using Crane.Bench;
using Crane.Core.Tests.Training.Grpo;
using TorchSharp;

namespace Crane.Core.Tests;

/// <summary>The test assembly as a program: what tests start in a process of its own, in order to kill it or to measure it.</summary>
internal static class ChildProgram
{
    public static void Main(string[] args)
    {
        torch.set_num_threads(1);
        if (args is [("grpo" or "sft"), var folder]) ResumeTests.Train(args[0], folder);
        if (args is ["load", var checkpoint, var type]) LoadBench.RunOne(checkpoint, type);
    }
}
