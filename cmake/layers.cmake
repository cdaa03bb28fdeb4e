# The one table of modules and of what each may include. CMake builds the libraries from it and
# scripts/check_layers.py holds every #include against it (ctest: lint.layers).
#
#   athanor_layer(NAME PLANE DEPENDS...)
#
# PLANE is shared, control or compute; control never sees torch, compute never sees http or store.

athanor_layer(core      shared)
athanor_layer(crypto    shared  core)
athanor_layer(contract  shared  core)
athanor_layer(spec      shared  core)
athanor_layer(catalog   shared  core spec)
athanor_layer(preflight shared  core spec catalog)

athanor_layer(async     control core)
athanor_layer(http      control core async)
athanor_layer(store     control core)
athanor_layer(auth      control core async store)
athanor_layer(datasets  control core catalog preflight)
athanor_layer(jobs      control core async contract spec catalog store)
athanor_layer(api       control core async contract spec catalog preflight http store auth datasets jobs)
athanor_layer(backup    control core catalog store datasets)
athanor_layer(cli       control core crypto async spec catalog http store auth datasets jobs api backup)

athanor_layer(inspect   compute core)
athanor_layer(tensor    compute core crypto)
athanor_layer(data      compute core catalog)
athanor_layer(batches   compute core tensor data)
athanor_layer(backbones compute core tensor)
athanor_layer(pretrained compute core tensor backbones)
athanor_layer(export    compute core tensor)
athanor_layer(runtime   compute core)
athanor_layer(compile   compute core runtime)
athanor_layer(predict   compute core data runtime)
athanor_layer(prune     compute core tensor export)
athanor_layer(engine    compute core crypto contract spec catalog preflight tensor data batches backbones export runtime compile prune)
athanor_layer(networks  compute core contract spec catalog tensor data batches backbones pretrained export prune engine)
athanor_layer(runner    compute core crypto contract spec catalog tensor data engine networks export)
