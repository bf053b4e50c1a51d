using System.CommandLine;
using Crane.Bench;

var layers = new Option<int>("--layers") { Description = "Decoder layers and vision blocks that are kept of the 3B shape.", DefaultValueFactory = _ => 4 };
var load = new Command("load", "Peak memory of loading a checkpoint of Qwen2.5-VL-3B's shape, all zeros, at a reduced number of layers (Linux).") { layers };
load.SetAction(parsed => LoadBench.Run(parsed.GetValue(layers)));

var folder = new Argument<string>("folder");
var type = new Argument<string>("type");
var child = new Command("load-one", "What `load` starts for each of its lines.") { folder, type };
child.Hidden = true;
child.SetAction(parsed => LoadBench.RunOne(parsed.GetValue(folder)!, parsed.GetValue(type)!));

var tokens = new Option<int>("--tokens") { Description = "New tokens a row.", DefaultValueFactory = _ => 2000 };
var batch = new Option<int>("--batch") { Description = "Rows.", DefaultValueFactory = _ => 16 };
var generate = new Command("generate", "Live tensors and resident memory while a small model writes a long text.") { tokens, batch };
generate.SetAction(parsed => LongGenerationBench.Run(parsed.GetValue(tokens), parsed.GetValue(batch)));

var sequences = new Option<int>("--rows") { Description = "Sequences in the batch.", DefaultValueFactory = _ => 8 };
var length = new Option<int>("--tokens") { Description = "Tokens of each.", DefaultValueFactory = _ => 512 };
var checkpointing = new Command("checkpointing",
    "Highest resident memory of a forward and backward pass with and without gradient checkpointing (Linux).") { sequences, length };
checkpointing.SetAction(parsed => CheckpointingBench.Run(parsed.GetValue(sequences), parsed.GetValue(length)));

var isOn = new Argument<bool>("on");
var (childRows, childTokens) = (new Argument<int>("rows"), new Argument<int>("tokens"));
var checkpointingOne = new Command("checkpointing-one", "What `checkpointing` starts for each of its lines.") { isOn, childRows, childTokens };
checkpointingOne.Hidden = true;
checkpointingOne.SetAction(parsed => CheckpointingBench.RunOne(parsed.GetValue(isOn), parsed.GetValue(childRows), parsed.GetValue(childTokens)));

var rows = new Option<int>("--rows") { Description = "Vectors in the library.", DefaultValueFactory = _ => 1_000_000 };
var dimension = new Option<int>("--dimension") { Description = "Of each vector.", DefaultValueFactory = _ => 384 };
var retrieval = new Command("retrieval", "One query against a large library, beside a pass over memory and numpy.") { rows, dimension };
retrieval.SetAction(parsed => RetrievalBench.Run(parsed.GetValue(rows), parsed.GetValue(dimension)));

var recall = new Command("nano-recall", "How often the nano model's own features find the same flag in another drawing.");
recall.SetAction(_ => NanoRecall.Run());

var starts = new Option<int>("--starts") { Description = "Warm starts.", DefaultValueFactory = _ => 5 };
var cells = new Option<int>("--cells") { Description = "Trivial cells.", DefaultValueFactory = _ => 200 };
var kernel = new Command("kernel", "Start of the Jupyter kernel up to the first result, and a trivial cell.") { starts, cells };
kernel.SetAction(parsed => KernelBench.Run(parsed.GetValue(starts), parsed.GetValue(cells)));

var grpoSteps = new Option<int>("--steps") { Description = "Optimiser steps; the first is not counted.", DefaultValueFactory = _ => 11 };
var grpo = new Command("grpo", "A GRPO step by phases, beside the stored figure of TRL.") { grpoSteps };
grpo.SetAction(parsed => GrpoBench.Run(parsed.GetValue(grpoSteps)));

var rounds = new Option<int>("--rounds") { Description = "How often each side runs each piece of work.", DefaultValueFactory = _ => 15 };
var python = new Option<string>("--python") { Description = "A Python that has torch.", DefaultValueFactory = _ => "/usr/bin/python3" };
var only = new Option<string>("--only") { Description = "Works whose name contains this.", DefaultValueFactory = _ => "" };
var speed = new Command("speed",
    "Prefill, decoding, vision and a training step of the nano model on one thread, beside PyTorch and beside the machine's limits.") { rounds, python, only };
speed.SetAction(parsed => SpeedBench.Run(parsed.GetValue(rounds), parsed.GetValue(python)!, parsed.GetValue(only)!));

return await new RootCommand("Measurements of Crane.") { speed, load, child, generate, checkpointing, checkpointingOne, retrieval, recall, kernel,
    grpo }.Parse(args).InvokeAsync();
