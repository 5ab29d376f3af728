#include "storage/vault.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace weir::storage
{
namespace
{

vault::master_key key_of(unsigned char first)
{
    vault::master_key key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(first + i);
    return key;
}

struct with_vault {
    vault const ours{key_of(1)};
    std::string const place = "provider_key 1 a";

    std::string sealed(std::string_view secret) const
    {
        auto made = ours.seal(secret, place);
        BOOST_REQUIRE(made.has_value());
        return *made;
    }
    /// What opens, or "refused".
    static std::string opened(vault const& with, std::string_view text, std::string_view place)
    {
        auto const secret = with.open(text, place);
        if (secret) return *secret;
        BOOST_TEST((secret.error() == errc::wrong_key));
        return "refused";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(vaults, with_vault)

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_again_and_does_not_show)
{
    for (std::string const& secret :
         {std::string("sk-proj-0123456789"), std::string(), std::string("a\0b", 3), std::string(100'000, 'x')}) {
        auto const text = sealed(secret);
        BOOST_TEST(opened(ours, text, place) == secret);
        if (!secret.empty()) BOOST_TEST(text.find(secret) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_another_implementation_of_aes_256_gcm_sealed_opens)
{
    // 01, the nonce a0 … ab, the ciphertext and the tag. In Python, with AESGCM of `cryptography`:
    // AESGCM(bytes(range(1, 33))).encrypt(bytes(range(0xa0, 0xac)), b"sk-proj-0123456789", b"provider_key 1 a")
    auto const text = boost::algorithm::unhex(std::string("01"
                                                          "a0a1a2a3a4a5a6a7a8a9aaab"
                                                          "caba10168fda30294f3f9058c5b016b36fee"
                                                          "8c84bddd86ea2154c176cb1d8e95bf3b"));

    BOOST_TEST(opened(ours, text, place) == "sk-proj-0123456789");
    BOOST_TEST(sealed("sk-proj-0123456789").size() == text.size());
    BOOST_TEST(sealed("sk-proj-0123456789").front() == text.front());
}

BOOST_AUTO_TEST_CASE(no_nonce_comes_twice)
{
    std::set<std::string> nonces;
    for (int i = 0; i < 10'000; ++i) nonces.insert(sealed("same").substr(1, 12));
    BOOST_TEST(nonces.size() == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_change_of_any_bit_is_noticed)
{
    auto const text = sealed("sk-proj-0123456789");
    for (std::size_t at = 0; at < text.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = text;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
            BOOST_TEST(opened(ours, changed, place) == "refused");
        }
    for (std::size_t size = 0; size < text.size(); ++size)
        BOOST_TEST(opened(ours, text.substr(0, size), place) == "refused");
    BOOST_TEST(opened(ours, text + "x", place) == "refused");
}

BOOST_AUTO_TEST_CASE(another_master_key_or_another_place_opens_nothing)
{
    auto const text = sealed("sk-proj-0123456789");

    BOOST_TEST(opened(vault(key_of(2)), text, place) == "refused");
    BOOST_TEST(opened(ours, text, "provider_key 2 a") == "refused");
    BOOST_TEST(opened(ours, text, "") == "refused");
}

BOOST_AUTO_TEST_CASE(a_master_key_is_64_hexadecimal_digits_or_44_characters_of_base64)
{
    std::string const hex = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
    std::string const base64 = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="; // xxd -r -p | base64
    BOOST_TEST((parse_master_key(hex) == key_of(1)));
    BOOST_TEST((parse_master_key("0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20") == key_of(1)));
    BOOST_TEST((parse_master_key(base64) == key_of(1)));

    for (auto const& wrong :
         {std::string(), hex.substr(1), hex + "0", "g" + hex.substr(1), "0x" + hex.substr(2), base64.substr(1),
          base64.substr(0, 43), " " + base64.substr(1), "-" + base64.substr(1),
          base64.substr(0, 42) + "==", std::string(32, 'k'), std::string(44, 'k'), std::string(44, '=')})
        BOOST_TEST_CONTEXT(wrong) BOOST_TEST(!parse_master_key(wrong).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
