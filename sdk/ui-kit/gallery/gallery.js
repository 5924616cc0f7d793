import './ui-kit.js';
