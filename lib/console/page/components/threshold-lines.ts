import type uPlot from 'uplot';
import { colour } from '../state/theme.ts';
import type { Threshold } from './metric-chart.tsx';

/** Dashed lines at a metric's thresholds, above the grid and below the lines. */
export function thresholdLines(thresholds: readonly Threshold[]): uPlot.Plugin {
  return {
    hooks: {
      drawAxes: (plot) => {
        const { ctx, bbox } = plot;
        for (const { severity, value } of thresholds) {
          const y = Math.round(plot.valToPos(value, 'y', true));
          if (y < bbox.top || y > bbox.top + bbox.height) continue;
          ctx.save();
          ctx.strokeStyle = colour(`--${severity}`);
          ctx.lineWidth = 1.5 * devicePixelRatio;
          ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
          ctx.beginPath();
          ctx.moveTo(bbox.left, y);
          ctx.lineTo(bbox.left + bbox.width, y);
          ctx.stroke();
          ctx.restore();
        }
      },
    },
  };
}
