using Crane.Notebooks;

return await CommandLine.Create().Parse(args).InvokeAsync();
