// Loads a shared library with standard error turned away: TensorFlow announces its optimisations there while it
// is being loaded, and that log listens to no environment variable. Libraries stay loaded, and others that
// need them then find them by name.
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <string>

namespace {

// loadLibrary(path: string): string, the error or an empty string.
napi_value LoadLibrary(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  size_t length = 0;
  if (count != 1 || napi_get_value_string_utf8(env, argument, nullptr, 0, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "loadLibrary takes a path");
    return nullptr;
  }
  std::string path(length + 1, '\0');
  napi_get_value_string_utf8(env, argument, &path[0], path.size(), &length);

  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDERR_FILENO);
  const bool loaded = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr;
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(nowhere);

  const std::string error = loaded ? "" : dlerror();
  napi_value result;
  napi_create_string_utf8(env, error.data(), error.size(), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "loadLibrary", NAPI_AUTO_LENGTH, LoadLibrary, nullptr, &function);
  napi_set_named_property(env, exports, "loadLibrary", function);
  return exports;
}
