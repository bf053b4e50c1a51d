using System.CommandLine;
using Crane.Notebooks;

// Ctrl-C gives the running cell time to stop by its token.
return await CommandLine.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
