import { render } from 'preact';
import { App } from './shell/app.tsx';
import { startTheme } from './state/theme.ts';
import 'uplot/dist/uPlot.min.css';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/parts.css';
import './style/pages.css';

startTheme();
const root = document.getElementById('app');
if (root) render(<App />, root);
