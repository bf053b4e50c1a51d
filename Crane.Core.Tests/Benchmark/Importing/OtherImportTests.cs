using Crane.Core.Benchmark;
using Crane.Core.Benchmark.Importing;

namespace Crane.Core.Tests.Benchmark.Importing;

/// <summary>Small files of the schemas of MMKE-Bench, CCKEB, MMEVOKE and MQuAKE-CF, written for this purpose.</summary>
public sealed class OtherImportTests : IDisposable
{
    private const string Base = """
        "src": "Who is this?", "pred": "An actor.", "alt": "A chess player named Ada Lem.", "rephrase": "Tell me who this is.", "image": "a.png", "image_rephrase": "b.png",
        "loc": "What is 1+1?", "loc_ans": "2", "m_loc": "sub/c.png", "m_loc_q": "What is shown?", "m_loc_a": "grey", "port_new": [{"port_type": "1-hop", "Q&A": {"Question": "Born where?", "Answer": "Oslo"}}]
        """;

    private const string Relations = "\"rel_1\": \"What does Ada play?\", \"rel_ans_1\": \"chess\", \"rel_2\": \"Since when?\", \"rel_2_ans\": 1999, \"m_rel_1\": \"What does she play?\", \"m_rel_ans_1\": \"chess\"";

    private readonly ImportFolder folder = new();

    [Theory]
    [InlineData("entity_level", "mmke-entity-00001")]
    [InlineData("user_specific", "mmke-user-00001")]
    public async Task Mmke_EntityAndUser_TakeBothSpellingsOfTheAnswers(string type, string id)
    {
        var edit = Assert.Single(await ImportFolder.All(MmkeImport.Read(folder.Write($"[{{\"knowledge_type\": \"{type}\", \"type_self\": \"human\", {Base}, {Relations}, \"one_hop_img\": \"b.png\"}}]"), folder.Strict)));
        Assert.Equal(id, edit.Id);
        var asked = edit.Probes.Where(p => p.Level == ProbeLevels.Reasoning).ToList();
        Assert.Equal([("rel_1", "chess", false), ("m_rel_1", "chess", true), ("rel_2", "1999", false)],
            asked.Select(p => (p.Form.Split('/')[1], p.Answer, p.Picture is not null)));
        Assert.Equal("b.png", edit.Probes.Single(p => p.Level == "multi-hop-1").Picture!.File);
    }

    [Fact]
    public async Task Mmke_Visual_HasItsOwnFields()
    {
        var record = $"{{\"knowledge_type\": \"visual_knowledge\", {Base}, \"rel\": \"What does the gesture mean?\", \"rel_ans\": \"stop\", \"m_rel\": \"What is meant?\", \"m_rel_ans\": \"stop\", \"image_rephrase_question\": \"And here?\", \"one_hop_img\": \"sub/c.png\"}}";
        var edit = Assert.Single(await ImportFolder.All(MmkeImport.Read(folder.Write($"[{record}]"), folder.Strict)));
        Assert.Equal("And here?", edit.Probes.Single(p => p.Level == ProbeLevels.RephraseImage).Question);
        Assert.Equal(2, edit.Probes.Count(p => p.Level == ProbeLevels.Reasoning));
        Assert.Equal(edit.Probes.Length, edit.Probes.Select(p => p.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("\"knowledge_type\": \"other\", " + Base, "field 'knowledge_type' must be")]
    [InlineData("\"knowledge_type\": \"entity_level\", " + Base + ", \"rel_1\": \"What?\"", "field 'rel_ans_1' is missing")]
    public async Task Mmke_Damaged_IsNamed(string fields, string message)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ImportFolder.All(MmkeImport.Read(folder.Write($"[{{{fields}}}]"), folder.Strict)));
        Assert.Contains($"record 1: {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cckeb_ARecord_GivesTwoEditsAndProbesThatNeedBoth()
    {
        const string Textual = """
            "textual_edit": {"src": "What does Ada Lem play?", "rephrase": "Ada Lem plays what?", "pred": ["chess"], "alt": ["go"], "loc": "Who?", "loc_ans": "me", "image": null, "image_rephrase": null,
              "port_new": [{"port_type": "1-hop", "Q&A": {"Question": "What does the person in the picture play?", "Answer": "go", "Query": "Image Level: who is it\nText Level: what does she play"}},
                           {"port_type": "1-hop", "Q&A": {"Answer": "go", "Query": "Image Level: who is it\nText Level: what does she play"}}]}
            """;
        var edits = await ImportFolder.All(CckebImport.Read(folder.Write($"[{{{Base}, \"src_q\": \"q\", {Textual}}}]"), folder.Strict));
        Assert.Equal(["cckeb-00001-visual", "cckeb-00001-textual"], edits.Select(e => e.Id));
        Assert.Equal(("go", "chess", Modality.Textual), (edits[1].Target, edits[1].OldAnswer, edits[1].Modality));
        Assert.Equal("cckeb-00001-textual", edits[0].PartnerOf);
        var composed = edits[0].Probes.Where(p => p.Level == ProbeLevels.Composition).ToList();
        Assert.All(composed, p => Assert.Equal(["cckeb-00001-visual", "cckeb-00001-textual"], p.EditIds));
        Assert.Equal(["What does the person in the picture play?", "what does she play"], composed.Select(p => p.Question));
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ImportFolder.All(CckebImport.Read(folder.Write($"[{{{Base}}}]"), folder.Strict)));
        Assert.Contains("record 1: field 'textual_edit' is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evoke_QuestionsAndInjection_AreJoined()
    {
        var questions = folder.Write("""
            {"question_id": 11, "image": "a.png", "text": "Who won?\nAnswer the question using a single word or phrase.", "category": "sport", "answer": ["Norway", "NOR"], "type": "event", "cnn_wiki_type": "news", "ground_truth": [1]}
            {"question_id": "12", "image": "b.png", "text": "What is it?", "category": "thing", "answer": 7, "type": "x", "cnn_wiki_type": "wiki"}

            """, "questions.jsonl");
        var injection = folder.Write("""[{"image": "a.png", "conversations": [{"from": "human", "value": "?"}, {"value": "Nothing."}]}, {"image": "b.png", "conversations": [{"value": "?"}, {"value": "Norway won the cup."}]}]""", "injection.json");
        var edits = await ImportFolder.All(EvokeImport.Read(questions, injection, folder.Strict));
        Assert.Equal([("mmevoke-11", "Who won?", "Norway", "Norway won the cup."), ("mmevoke-12", "What is it?", "7", "Norway won the cup.")],
            edits.Select(e => (e.Id, e.Question, e.Target, e.Statement)));
        Assert.Equal(["NOR"], edits[0].Probes[0].Aliases);
        Assert.Equal("mmevoke-news", edits[0].Kind);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() =>
            ImportFolder.All(EvokeImport.Read(questions, folder.Write("[]", "none.json"), folder.Strict)));
        Assert.Contains("needs knowledge 1, but the injection file has 0 records", error.Message, StringComparison.Ordinal);
        Assert.Contains("What is it?", (await ImportFolder.All(EvokeImport.Read(questions, null, folder.Strict)))[1].Statement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mquake_ACase_GivesAnEditARewriteAndItsQuestionsNeedAll()
    {
        const string Case = """
            {"case_id": 3, "requested_rewrite": [
               {"prompt": "{} plays", "subject": "Ada Lem", "target_new": {"str": "go", "id": "Q1"}, "target_true": {"str": "chess"}, "question": "What does Ada Lem play?"},
               {"prompt": "{} was created in", "subject": "go", "target_new": {"str": "Norway"}, "target_true": {"str": "China"}}],
             "questions": ["Where does Ada's game come from?", "q2", "q3"], "answer": "India", "new_answer": "Norway", "new_answer_alias": ["Kingdom of Norway"],
             "single_hops": [], "new_single_hops": [{"question": "?", "answer": "go", "answer_alias": [], "cloze": ""}, {"question": "?", "answer": "Norway", "answer_alias": []}]}
            """;
        var edits = await ImportFolder.All(MquakeImport.Read(folder.Write($"[{Case}]")));
        Assert.Equal([("mquake-3-1", "go"), ("mquake-3-2", "Norway")], edits.Select(e => (e.Id, e.Target)));
        var hops = edits[0].Probes.Where(p => p.Level == "multi-hop-1").ToList();
        Assert.Equal(3, hops.Count);
        Assert.All(hops, p => Assert.Equal(["mquake-3-1", "mquake-3-2"], p.EditIds));
        Assert.Equal(["go", "Norway"], hops[0].Chain);
        Assert.Equal("go was created in", edits[1].Question);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() =>
            ImportFolder.All(MquakeImport.Read(folder.Write($"[{Case.Replace("\"target_true\": {\"str\": \"China\"}", "\"target_true\": \"China\"")}]"))));
        Assert.Contains("record 1: requested_rewrite[1]: field 'target_true' must be an object", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
