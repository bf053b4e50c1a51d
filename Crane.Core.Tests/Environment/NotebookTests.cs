using System.Text.Json.Nodes;
using Crane.Notebooks.Files;

namespace Crane.Core.Tests.Notebooks;

public sealed class NotebookTests
{
    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{ \"cells\": [", "is not JSON")]
    [InlineData("[]", "an object was expected")]
    [InlineData("{}", "no 'nbformat'")]
    [InlineData("{\"nbformat\": 3, \"worksheets\": []}", "nbformat 3")]
    [InlineData("{\"nbformat\": 4, \"cells\": [1]}", "'cells'")]
    [InlineData("{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": {\"language\": \"python\"}}}", "written in python")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"metadata\": {\"polyglot_notebook\": {\"kernelName\": \"fsharp\"}}}]}",
        "cell 1 is written in fsharp")]
    public void Load_BadFile_SaysWhatIsWrong(string json, string told)
    {
        using var folder = new TestNotebook();
        File.WriteAllText(folder.Path, json);
        var error = Assert.Throws<NotebookException>(() => Notebook.Load(folder.Path));
        Assert.Contains(told, error.Message);
        Assert.Contains(folder.Path, error.Message);
    }

    [Fact]
    public void Load_MissingFile_NamesIt() => Assert.Contains("nowhere.ipynb", Assert.Throws<NotebookException>(() => Notebook.Load("nowhere.ipynb")).Message);

    // json.dumps(…, indent=1, sort_keys=True, ensure_ascii=False), which is what Jupyter writes.
    [Fact]
    public void Write_AllKindsOfValues_EqualsJupyter() => Assert.Equal(
        "{\n \"a\": [],\n \"b\": {},\n \"c\": [\n  1.50,\n  true,\n  null\n ],\n \"d\": \"é😀 \\\"\\\\\\n\\t\\u001b</x>\"\n}\n",
        JupyterJson.Write(JsonNode.Parse("{\"d\": \"é😀 \\\"\\\\\\n\\t\\u001b</x>\", \"c\": [1.50, true, null], \"b\": {}, \"a\": []}")));

    [Fact]
    public void Save_OlderFormat_GetsIdsAndKeepsWhatItDoesNotKnow()
    {
        using var folder = new TestNotebook();
        File.WriteAllText(folder.Path,
            "{\"nbformat\":4,\"nbformat_minor\":2,\"metadata\":{\"other\":1},\"cells\":[{\"cell_type\":\"raw\",\"source\":\"a\\nb\",\"x\":2}]}");
        Assert.Equal("{\"cells\":[{\"cell_type\":\"raw\",\"id\":\"cell-1\",\"metadata\":{},\"source\":[\"a\\n\",\"b\"],\"x\":2}],\"metadata\":{\"other\":1},\"nbformat\":4,\"nbformat_minor\":5}",
            JsonNode.Parse(Notebook.Load(folder.Path).ToJson())!.ToJsonString());
    }
}
