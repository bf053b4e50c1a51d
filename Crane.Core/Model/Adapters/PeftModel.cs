using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Crane.Core.Model.Adapters;

/// <summary>Adapters on a model, side by side: one or several in force, or none. Meanwhile the base's own weights are frozen; they change only while
/// an adapter is merged, and <see cref="Unmerge"/> brings back every bit. Disposing removes the adapters and leaves the model as it was.</summary>
/// <remarks>Create it when the model has its final type and device, and optimisers after the adapter. One thread at a time.</remarks>
public sealed class PeftModel : IDisposable
{
    /// <summary>Name of an adapter when none is given, as in PEFT.</summary>
    public const string DefaultName = "default";

    private readonly Dictionary<string, LoraAdapter> adapters = [];
    private readonly List<Parameter> frozen;
    private readonly List<(Parameter Parameter, Tensor Before)> merged = [];
    private string[] active = [];

    /// <summary>A model without adapters yet.</summary>
    public PeftModel(CausalModel model)
    {
        Model = model;
        frozen = [.. model.parameters().Where(p => p.requires_grad)];
        foreach (var parameter in frozen) parameter.requires_grad = false;
    }

    /// <summary>The base; run it as ever, the adapters act inside.</summary>
    public CausalModel Model { get; }

    /// <summary>All adapters by name.</summary>
    public IReadOnlyDictionary<string, LoraAdapter> Adapters => adapters;

    /// <summary>Names of those in force.</summary>
    public IReadOnlyList<string> ActiveAdapters => active;

    /// <summary>Whether adapters are written into the base at present.</summary>
    public bool IsMerged => merged.Count > 0;

    /// <summary>Weights that an optimiser steps: those of the adapters in force, under PEFT's names.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> TrainableParameters =>
        [.. active.SelectMany(name => adapters[name].Tensors).Where(t => t.Parameter.requires_grad).Select(t => (t.Name, t.Parameter))];

    /// <summary>Adds a fresh adapter and puts it alone in force. PEFT: <c>get_peft_model</c>, <c>add_adapter</c>.</summary>
    /// <param name="config">What it changes.</param>
    /// <param name="name">Its name.</param>
    /// <param name="seed">Fixes its first weights.</param>
    /// <exception cref="ArgumentException">The name is taken, or the config does not fit the model.</exception>
    public LoraAdapter AddAdapter(LoraConfig config, string name = DefaultName, int seed = 0)
    {
        RefuseWhileMerged();
        if (name.Length == 0 || name.Contains('.'))
            throw new ArgumentException($"An adapter cannot be called '{name}': a name has at least one character and no dot.", nameof(name));
        if (adapters.ContainsKey(name))
            throw new ArgumentException($"There is an adapter '{name}' already; choose another name or delete it first.", nameof(name));
        adapters[name] = new LoraAdapter(Model, name, config, seed);
        SetAdapter(name);
        return adapters[name];
    }

    /// <summary>Reads an adapter that PEFT or <see cref="SavePretrained"/> wrote, and puts it alone in force.</summary>
    /// <param name="folder">With <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <param name="name">Its name here.</param>
    /// <param name="isTrainable">Whether its weights are to be learnt further.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or the adapter is for another base; tensors and modules are named. Nothing was
    /// added.</exception>
    public LoraAdapter LoadAdapter(string folder, string name = DefaultName, bool isTrainable = false)
    {
        var config = AdapterFiles.ReadConfig(folder);
        var before = active;
        LoraAdapter adapter;
        try { adapter = AddAdapter(config, name); }
        catch (Exception e) when (e is ArgumentException { ParamName: null } or NotSupportedException) {
            throw new InvalidDataException($"{folder}: {e.Message}", e); }
        try { AdapterFiles.ReadWeights(folder, adapter); }
        catch
        {
            DeleteAdapter(name);
            SetAdapter(before);
            throw;
        }
        foreach (var tensor in adapter.Tensors) tensor.Parameter.requires_grad = isTrainable;
        return adapter;
    }

    /// <summary>Writes an adapter as PEFT reads it.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="name">Which adapter.</param>
    public void SavePretrained(string folder, string name = DefaultName) => AdapterFiles.Write(folder, Adapter(name));

    /// <summary>Puts these adapters in force, in this order, and no others; none: the base alone.</summary>
    public void SetAdapter(params string[] names)
    {
        RefuseWhileMerged();
        foreach (var name in names) Adapter(name);
        active = [.. names.Distinct()];
        foreach (var (name, adapter) in adapters) adapter.InForce = active.Contains(name);
    }

    /// <summary>The base alone until the result is disposed: the reference policy of GRPO. Biases are the base's too (PEFT leaves the learnt ones).</summary>
    public IDisposable DisableAdapter()
    {
        var before = active;
        SetAdapter();
        return new Disabled(() => SetAdapter(before));
    }

    /// <summary>Removes an adapter.</summary>
    public void DeleteAdapter(string name)
    {
        var adapter = Adapter(name);
        SetAdapter([.. active.Where(other => other != name)]);
        adapters.Remove(name);
        adapter.Dispose();
    }

    /// <summary>Writes the adapters in force into the base's weights, so that a pass costs no more than the base's. Their former values are kept.</summary>
    public void Merge()
    {
        RefuseWhileMerged();
        using var none = no_grad();
        foreach (var name in active)
            foreach (var (parameter, value) in adapters[name].Merged())
            {
                using var _ = value is Parameter ? null : value;
                if (!merged.Any(m => ReferenceEquals(m.Parameter, parameter))) merged.Add((parameter, parameter.detach().clone().DetachFromDisposeScope()));
                parameter.copy_(value);
            }
        foreach (var adapter in adapters.Values) adapter.InForce = false;
    }

    /// <summary>Takes a merge back: every weight of the base has its former bits, and the adapters act again.</summary>
    public void Unmerge()
    {
        using var none = no_grad();
        foreach (var (parameter, before) in merged)
            using (before) parameter.copy_(before);
        merged.Clear();
        SetAdapter(active);
    }

    /// <summary>Merges for good: the model keeps the changed weights, the adapters are gone. PEFT: <c>merge_and_unload</c>.</summary>
    public CausalModel MergeAndUnload()
    {
        if (!IsMerged) Merge();
        foreach (var (_, before) in merged) before.Dispose();
        merged.Clear();
        Dispose();
        return Model;
    }

    private LoraAdapter Adapter(string name) => adapters.TryGetValue(name, out var adapter) ? adapter
        : throw new KeyNotFoundException($"There is no adapter '{name}'; there are: {string.Join(", ", adapters.Keys)}.");

    private void RefuseWhileMerged()
    {
        if (IsMerged) throw new InvalidOperationException($"{string.Join(", ", active)} is merged into the base; call Unmerge first.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsMerged) Unmerge();
        foreach (var adapter in adapters.Values) adapter.Dispose();
        adapters.Clear();
        active = [];
        foreach (var parameter in frozen) parameter.requires_grad = true;
        frozen.Clear();
    }

    private sealed class Disabled(Action enable) : IDisposable
    {
        public void Dispose() => enable();
    }
}
