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

return await new RootCommand("Measurements of Crane.") { load, child, generate }.Parse(args).InvokeAsync();
