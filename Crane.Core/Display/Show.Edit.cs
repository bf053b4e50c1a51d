using Crane.Core.Benchmark;
using Crane.Core.Editing;
using Crane.Core.Vision;

namespace Crane.Core.Display;

public static partial class Show
{
    /// <summary>An edit as an editor takes it: picture, question, new answer, and the note.</summary>
    public static View Edit(Edit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return new Card($"{edit.Kind.ToString().ToLowerInvariant()} edit", edit.Id, edit.Question.Picture)
            .With("question", edit.Question.Text)
            .With("new answer", edit.Target, Mark(edit.Target, EntityRole.Injected))
            .With("note", edit.Note).With("subject", edit.Subject).With("chain", edit.Chain).View();
    }

    /// <summary>An edit of a benchmark: what changes from what to what, and which probes it has.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="pictures">Loads its picture; null: from data/world. A picture that is not there is named instead.</param>
    public static View Edit(BenchmarkEdit edit, BenchmarkPictures? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(edit);
        var (picture, missing) = Load(edit.Picture, pictures);
        var levels = edit.Probes.GroupBy(p => p.Level).OrderBy(g => Order(g.Key)).Select(g => $"{g.Key} {g.Count()}");
        var card = new Card($"{Word(edit.Modality)} edit", edit.Id, picture).Badge(edit.Kind);
        if (edit.Expected is { } expected) card.Badge($"expected conviction: {expected}");
        return card.With("picture", missing)
            .With("subject", edit.Attribute is null ? edit.Subject : $"{edit.Subject}, {edit.Attribute}")
            .With("question", edit.Question)
            .With("answer", $"{edit.OldAnswer} → {edit.Target}", $"{Mark(edit.OldAnswer, EntityRole.Seen)} → {Mark(edit.Target, EntityRole.Injected)}")
            .With("accepted too", string.Join(", ", edit.Aliases))
            .With("statement", edit.Statement)
            .With("composed with", edit.PartnerOf)
            .With("probes", edit.Probes.Length == 0 ? "none" : $"{edit.Probes.Length}: {string.Join(", ", levels)}").View();
    }

    /// <summary>A probe: what is asked, what is right once the edits are in force, and the chain that leads there.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="pictures">Loads its picture; null: from data/world. A picture that is not there is named instead.</param>
    public static View Probe(Probe probe, BenchmarkPictures? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(probe);
        var (picture, missing) = Load(probe.Picture, pictures);
        var (locality, changes) = (ProbeLevels.IsLocality(probe.Level), probe.OldAnswer is { } old && old != probe.Answer);
        return new Card($"{Word(probe.Modality)} probe", probe.Id, picture).Badge(probe.Level)
            .With("picture", missing)
            .With("question", probe.Question)
            .With("right answer", probe.Answer + (locality ? ", as without the edit" : ""),
                Mark(probe.Answer, locality ? EntityRole.Seen : EntityRole.Injected) + (locality ? ", as without the edit" : ""))
            .With("accepted too", string.Join(", ", probe.Aliases))
            .With("old answer", changes ? probe.OldAnswer! : "", changes ? Mark(probe.OldAnswer!, EntityRole.Seen) : "")
            .With("chain", string.Join(" → ", probe.Chain))
            .With("edits in force", string.Join(", ", probe.EditIds))
            .With("form", probe.Form).View();
    }

    private static string Mark(string text, EntityRole role) => $"<mark class=\"{Words.Of(role)}\">{Html.Escape(text)}</mark>";

    private static string Word(Modality modality) => modality.ToString().ToLowerInvariant();

    private static int Order(string level) => ProbeLevels.All.ToList().IndexOf(level) is var at and >= 0 ? at : int.MaxValue;

    private static (Picture? Picture, string? Missing) Load(PictureRef? reference, BenchmarkPictures? pictures)
    {
        if (reference is null) return (null, null);
        try { return ((pictures ?? new BenchmarkPictures()).Load(reference), null); }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException) { return (null,
            $"{reference.File} (not found here)"); }
    }
}
