'use strict';

/**
 * Starts a compiled script of `dist/scripts`. The rest of this package is a syntax error to an old Node; these files are
 * none, down to Node 10, so that they can say so.
 */
module.exports = function launch(name) {
  var version = process.versions.node;
  var parts = version.split('.').map(Number);
  if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
    var line = 'Failed to start openclaw-' + name + ': expected Node 22.18 or newer, got ' + version + '. Update Node.';
    process.stderr.write(line + '\n');
    process.exitCode = 2;
    return;
  }
  require('module').enableCompileCache();
  void import('../dist/scripts/' + name + '.js');
};
