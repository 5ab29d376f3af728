#include "weir/vault.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

namespace weir
{
namespace
{

constexpr char const* variable = "WEIR_VAULT_MASTER_KEY";
constexpr char const* what_is_wanted = "must be 32 bytes, as 64 hexadecimal digits or in base64 (openssl rand -base64 "
                                       "32 makes one)";
constexpr std::size_t longest_file = 1024; // bytes: more is no key

/// Without white space at both ends, line ends included.
std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    auto const begin = std::min(text.find_first_not_of(blank), text.size());
    return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

/// The key in a file: its raw bytes, or text.
std::optional<storage::vault::master_key> key_in(std::string_view content)
{
    storage::vault::master_key key{};
    if (content.size() != key.size()) return storage::parse_master_key(trimmed(content));
    std::copy(content.begin(), content.end(), key.begin());
    return key;
}

} // namespace

boost::system::result<std::optional<storage::vault>, std::string> load_vault(
    config::settings const& settings, std::map<std::string, std::string> const& environment)
{
    using made = std::optional<storage::vault>;
    if (auto const found = environment.find(variable); found != environment.end() && !found->second.empty()) {
        auto const key = storage::parse_master_key(trimmed(found->second));
        if (!key) return "environment " + std::string(variable) + ": " + what_is_wanted;
        return made(*key);
    }
    auto const& path = settings.vault.master_key_file;
    if (path.empty()) return made();
    std::array<char, longest_file> content{};
    std::ifstream file(path, std::ios::binary);
    file.read(content.data(), content.size());
    auto const at = "vault.master_key_file: " + path;
    if (!file.is_open() || file.bad()) return at + " cannot be read";
    auto const key = key_in({content.data(), static_cast<std::size_t>(file.gcount())});
    OPENSSL_cleanse(content.data(), content.size());
    if (!key) return at + ": " + what_is_wanted + ", or 32 raw bytes";
    return made(*key);
}

} // namespace weir
