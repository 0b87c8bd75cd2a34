/*
 * Pass example: the passes of docs/passes.md. Their issuer is the first key of RFC 8032, 7.1, their
 * phone the key of RFC 6979, A.2.5, so that whoever writes another reader can begin with them.
 */
#pragma once

#define PASS_EXAMPLE                                                                               \
        "ST1:PWGSLK/-4:Q80$S37I.6BW%KO$DP3DRFFZ-DK/EZ-DCECFN0-ODJKHWY0/LDMN7J-0100KB0"             \
        "*M0DY0/E7V50R30.70P9ECEC/TE5GG QE4ECA.C 58H17KBO9:52I66Z8$/28YK$4D$488E4L+9."             \
        "VRQFQ+*AFYH3KTMBQJ 20P5VEPPYVINRL9ASQL5SKBCQ+6F6 ROETK$JG41D0"

/* Bound to the phone, and proven a minute after it was issued. */
#define PASS_EXAMPLE_PROVEN                                                                        \
        "ST1:PWGSLK/-4:Q80$S37I.7BI:KO$DP3DRFFZ-DK/EZ-DCECFN0-ODJKHWY0/LDMN7J-0100KB0"             \
        "*M0DY0441F90X50324V94844V9W/NNMKBAD62HCEYE.X6-ADHE9+LIHHCNYDNED$%5BUU61N30V1"             \
        "00000SLK3$CPVDG/DBE06$C3WEO.C27B7$RN7M71BQOHXK2FOT/YDB5LFW5RYHX%V*VGV$QS6ASK"             \
        "M::19O7E3M-IUQC90HGSD12EM6LV:46L-JZOC/68%JF6BUT*BBZ2JWG.FKX*4M29WY0/LD$O727B"             \
        "SK5:3L2KRN02+ RC-2:WPP.18*DHCPEER.QQBNG9983$P7MAA AV3GO95E36SGIZWUWGBQ-RG/G."             \
        "GA62QERO3J92LHHP162I"

/* The issuer's public key, SubjectPublicKeyInfo. */
#define PASS_EXAMPLE_ISSUER                                                                        \
        "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"                                         \
        "\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a"                         \
        "\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a"
