// Loaded by the classic notebook with a notebook of this kernel: shows Plotly figures live, with the plotly.js that lies beside this file. Where it is
// not loaded, the PNG of the figure is shown.
define(['base/js/namespace', 'notebook/js/outputarea', 'base/js/utils'], function (Jupyter, outputarea, utils) {
  'use strict';
  var mime = 'application/vnd.plotly.v1+json', Plotly = null;

  function append(json, metadata, element) {
    var place = document.createElement('div'), size = json.layout || {};
    var area = this.create_output_subarea(metadata, 'output_plotly', mime);
    area.append(place);
    element.append(area);
    Plotly.newPlot(place, json.data, Object.assign({}, size), { responsive: true, displaylogo: false, displayModeBar: false });
    return area;
  }

  function register() {
    outputarea.OutputArea.prototype.register_mime_type(mime, append, { safe: true, index: 0 });
    // Figures that were shown from the file before plotly.js had come.
    Jupyter.notebook.get_cells().forEach(function (cell) {
      var area = cell.output_area;
      if (!area || !area.outputs.some(function (o) { return o.data && o.data[mime]; })) return;
      var outputs = area.toJSON();
      area.clear_output(false, true);
      area.fromJSON(outputs, {});
    });
  }

  return {
    onload: function () {
      var address = utils.url_path_join(Jupyter.notebook.base_url, 'kernelspecs', '.net-csharp', 'plotly.js');
      require([address], function (loaded) { Plotly = loaded || window.Plotly; if (Plotly) register(); });
    }
  };
});
