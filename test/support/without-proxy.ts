/** A proxy of the developer's would be asked for the servers that tests start on this machine. */
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])
  for (const spelled of [name, name.toLowerCase()]) Reflect.deleteProperty(process.env, spelled);
