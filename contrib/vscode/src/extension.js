'use strict';

// Starts `kfeat lsp` for the Kconfig files and feature tables of kernel trees.

const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

let client;

// The user's settings, as sent to the server.
function settings() {
  const all = vscode.workspace.getConfiguration('kfeat');
  return { inlayHints: all.get('inlayHints'), referencesInCode: all.get('referencesInCode') };
}

async function findAllReferences() {
  const editor = vscode.window.activeTextEditor;
  if (!client || !editor) {
    return;
  }
  const place = client.code2ProtocolConverter.asTextDocumentPositionParams(editor.document, editor.selection.active);
  const title = 'kfeat: reading the tree';
  const found = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    client.sendRequest('workspace/executeCommand', { command: 'kfeat.references', arguments: [place] }));
  const locations = (found || []).map((one) => client.protocol2CodeConverter.asLocation(one));
  await vscode.commands.executeCommand(
    'editor.action.showReferences', editor.document.uri, editor.selection.active, locations);
}

async function activate(context) {
  const all = vscode.workspace.getConfiguration('kfeat');
  const server = {
    command: all.get('path'),
    args: ['lsp', ...all.get('arguments')],
    transport: TransportKind.stdio,
  };
  client = new LanguageClient('kfeat', 'kfeat', server, {
    documentSelector: [
      { scheme: 'file', language: 'kconfig' },
      { scheme: 'file', language: 'archsupport' },
      { scheme: 'file', language: 'makefile' },
      { scheme: 'file', language: 'c' },
      { scheme: 'file', pattern: '**/kfeat.yaml' },
    ],
    initializationOptions: settings(),
    middleware: {
      // Another server knows more of C than where `CONFIG_X` stands.
      provideHover: (document, position, token, next) =>
        /CONFIG_/.test(document.getText(document.getWordRangeAtPosition(position))) || !/^(c|makefile)$/.test(document.languageId)
          ? next(document, position, token) : undefined,
    },
  });
  context.subscriptions.push(
    vscode.commands.registerCommand('kfeat.findAllReferences', findAllReferences),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('kfeat')) {
        client.sendNotification('workspace/didChangeConfiguration', { settings: { kfeat: settings() } });
      }
    }));
  await client.start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
