namespace Crane.Core.Evaluation.Runs;

/// <summary>An entry that was put in front of a question.</summary>
/// <param name="Id">Of the edit.</param>
/// <param name="Score">Of the retriever; 1 where it was put there by the protocol.</param>
public sealed record RetrievedEntry(string Id, double Score);

/// <summary>What one probe gave: everything that is needed to score it again without a model. Times stand in a log of their own, so that a run that was killed
/// and
/// went on gives the same bytes as one that was not.</summary>
/// <param name="Edit">Id of the edit that is probed.</param>
/// <param name="Probe">Id of the probe.</param>
/// <param name="Level">Level of the probe.</param>
/// <param name="Modality">"visual" or "textual": of the edit.</param>
/// <param name="Stratum">"none", "weak" or "strong".</param>
/// <param name="InForce">How many edits were in force.</param>
/// <param name="PromptHash">SHA-256 over prompt and picture, its first 16 hexadecimal digits.</param>
/// <param name="Retrieved">Entries in the prompt.</param>
/// <param name="Output">The raw completion.</param>
/// <param name="Think">The chain, null where the form is broken.</param>
/// <param name="Answer">The answer, null where the form is broken.</param>
/// <param name="EndedByEos">Whether the model ended the turn itself.</param>
/// <param name="TeacherForced">Token accuracy of the target under teacher forcing; null where it was not measured.</param>
/// <param name="Forced">The likeliest tokens at each place of the target under teacher forcing, the best first: ten a place for locality probes with a picture,
/// one for others.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Metrics">By metric id; a metric that does not apply to the probe is left out.</param>
public sealed record ProbeRecord(string Edit, string Probe, string Level, string Modality, string Stratum, int InForce, string PromptHash,
    RetrievedEntry[] Retrieved, string Output,
    string? Think, string? Answer, bool EndedByEos, double? TeacherForced, int[][]? Forced, int Seed, SortedDictionary<string, double> Metrics);

/// <summary>How long a group of probes took.</summary>
/// <param name="Edit">The edit.</param>
/// <param name="Setting">Of the run.</param>
/// <param name="Probes">Number of probes.</param>
/// <param name="EditSeconds">To put it in force.</param>
/// <param name="ProbeSeconds">To ask all its probes.</param>
public sealed record GroupTime(string Edit, string Setting, int Probes, double EditSeconds, double ProbeSeconds);

/// <summary>A line of <c>data/results/summary.jsonl</c>: one number of the tables with its interval and where it comes from.</summary>
/// <param name="Method">base, ft, ft-last, lora, mend, rome, memit, alphaedit, ike, rag, serac, grace, wise, crane-sft, crane-grpo or crane-sft-grpo.</param>
/// <param name="Setting">single, sequential-1, -10, -100 or -all.</param>
/// <param name="Retrieval">gold, real, none or adversarial.</param>
/// <param name="Level">A probe level, or all.</param>
/// <param name="Stratum">none, weak, strong or all.</param>
/// <param name="Modality">visual, textual or all.</param>
/// <param name="Metric">Metric id.</param>
/// <param name="Mean">In the metric's unit.</param>
/// <param name="Low">Lower end of the 95 % interval, clustered by edit.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">Probes.</param>
/// <param name="Clusters">Edits.</param>
/// <param name="Seeds">Seeds of the runs.</param>
/// <param name="Commit">Of the code.</param>
/// <param name="Machine">Processor and threads.</param>
/// <param name="Seconds">Wall time of the runs.</param>
public sealed record SummaryLine(string Method, string Setting, string Retrieval, string Level, string Stratum, string Modality, string Metric,
    double Mean, double Low, double High, int N, int Clusters, int[] Seeds, string Commit, string Machine, double Seconds);
