# Script: writes OUTPUT, the C++ function NAME (athanor::api::...) that returns the text of FILE.
cmake_minimum_required(VERSION 3.25)

file(READ ${FILE} text)
file(WRITE ${OUTPUT} "#include \"athanor/api/${NAME}.hpp\"

namespace athanor::api {

std::string_view ${NAME}() { return R\"text(${text})text\"; }

}  // namespace athanor::api
")
