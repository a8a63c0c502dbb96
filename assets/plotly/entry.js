// The traces Oddfinch draws with; everything else of plotly.js stays out of the file.
import Plotly from "plotly.js/lib/core";
import bar from "plotly.js/lib/bar";
import heatmap from "plotly.js/lib/heatmap";
import histogram from "plotly.js/lib/histogram";
import scattergl from "plotly.js/lib/scattergl";

// scatter is part of the core.
Plotly.register([bar, heatmap, histogram, scattergl]);

// dcc.Graph loads the stock file only where window.Plotly is missing.
window.Plotly = Plotly;
