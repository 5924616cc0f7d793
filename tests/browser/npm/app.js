// An extension's page on the reference's own SDK, unmodified.
import * as sdk from '@alga-psa/extension-iframe-sdk';

window.sdk = sdk;
document.documentElement.dataset.ready = 'true';
