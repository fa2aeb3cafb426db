"""How a screen says who somebody is: family name and title, as each language writes it.

Hospital records hold Chinese family names in Han characters. A screen in a language of Latin
letters writes the common ones in pinyin, in the readings that family names have (Shan, Zeng, Xie);
a name it does not know is shown as it came.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from smartward.clinical.encounter import Sex
from smartward.i18n import Catalogue
from smartward.wire.views import TeamView

_READINGS = """
王:Wang 李:Li 张:Zhang 刘:Liu 陈:Chen 杨:Yang 黄:Huang 赵:Zhao 吴:Wu 周:Zhou 徐:Xu 孙:Sun
马:Ma 朱:Zhu 胡:Hu 郭:Guo 何:He 高:Gao 林:Lin 罗:Luo 郑:Zheng 梁:Liang 谢:Xie 宋:Song
唐:Tang 许:Xu 韩:Han 冯:Feng 邓:Deng 曹:Cao 彭:Peng 曾:Zeng 肖:Xiao 萧:Xiao 田:Tian 董:Dong
袁:Yuan 潘:Pan 于:Yu 蒋:Jiang 蔡:Cai 余:Yu 杜:Du 叶:Ye 程:Cheng 苏:Su 魏:Wei 吕:Lü 丁:Ding
任:Ren 沈:Shen 姚:Yao 卢:Lu 姜:Jiang 崔:Cui 钟:Zhong 谭:Tan 陆:Lu 汪:Wang 范:Fan 金:Jin
石:Shi 廖:Liao 贾:Jia 夏:Xia 韦:Wei 付:Fu 傅:Fu 方:Fang 白:Bai 邹:Zou 孟:Meng 熊:Xiong
秦:Qin 邱:Qiu 江:Jiang 尹:Yin 薛:Xue 闫:Yan 阎:Yan 段:Duan 雷:Lei 侯:Hou 龙:Long 史:Shi
陶:Tao 黎:Li 贺:He 顾:Gu 毛:Mao 郝:Hao 龚:Gong 邵:Shao 万:Wan 钱:Qian 严:Yan 覃:Qin 武:Wu
戴:Dai 莫:Mo 孔:Kong 向:Xiang 汤:Tang 常:Chang 温:Wen 康:Kang 施:Shi 文:Wen 牛:Niu 樊:Fan
葛:Ge 邢:Xing 安:An 齐:Qi 易:Yi 乔:Qiao 伍:Wu 庞:Pang 颜:Yan 倪:Ni 庄:Zhuang 聂:Nie 章:Zhang
鲁:Lu 岳:Yue 翟:Zhai 殷:Yin 詹:Zhan 申:Shen 欧:Ou 耿:Geng 关:Guan 兰:Lan 焦:Jiao 俞:Yu
左:Zuo 柳:Liu 甘:Gan 祝:Zhu 包:Bao 宁:Ning 尚:Shang 符:Fu 舒:Shu 阮:Ruan 柯:Ke 纪:Ji 梅:Mei
童:Tong 凌:Ling 毕:Bi 单:Shan 季:Ji 裴:Pei 霍:Huo 涂:Tu 成:Cheng 苗:Miao 谷:Gu 盛:Sheng
曲:Qu 翁:Weng 冉:Ran 骆:Luo 蓝:Lan 路:Lu 游:You 辛:Xin 靳:Jin 管:Guan 柴:Chai 蒙:Meng 鲍:Bao
华:Hua 喻:Yu 祁:Qi 蒲:Pu 房:Fang 滕:Teng 屈:Qu 饶:Rao 解:Xie 牟:Mu 艾:Ai 尤:You 时:Shi 穆:Mu
农:Nong 司:Si 卓:Zhuo 古:Gu 吉:Ji 缪:Miao 简:Jian 车:Che 项:Xiang 连:Lian 芦:Lu 麦:Mai
褚:Chu 娄:Lou 窦:Dou 戚:Qi 岑:Cen 景:Jing 党:Dang 宫:Gong 费:Fei 卜:Bu 冷:Leng 晏:Yan 席:Xi
卫:Wei 米:Mi 柏:Bai 宗:Zong 瞿:Qu 桂:Gui 全:Quan 佟:Tong 应:Ying 臧:Zang 闵:Min 苟:Gou 邬:Wu
边:Bian 卞:Bian 姬:Ji 师:Shi 仇:Qiu 栾:Luan 隋:Sui 商:Shang 刁:Diao 沙:Sha 荣:Rong 巫:Wu
寇:Kou 桑:Sang 郎:Lang 甄:Zhen 丛:Cong 仲:Zhong 虞:Yu 敖:Ao 巩:Gong 明:Ming 佘:She 池:Chi
查:Zha 麻:Ma 苑:Yuan 迟:Chi 邝:Kuang 盖:Ge 欧阳:Ouyang 司马:Sima 上官:Shangguan 诸葛:Zhuge
夏侯:Xiahou 尉迟:Yuchi 司徒:Situ 皇甫:Huangfu 慕容:Murong 令狐:Linghu 万俟:Moqi 公孙:Gongsun
东方:Dongfang 独孤:Dugu 长孙:Zhangsun 端木:Duanmu
"""
_PINYIN = dict(pair.split(":") for pair in _READINGS.split())

_HAN_LANGUAGES = frozenset({"zh_CN", "zh_HK"})


@dataclass(frozen=True, slots=True)
class Namer:
    """Names and titles in one language."""

    catalogue: Catalogue

    def family(self, family: str) -> str:
        """A family name as this language writes it; unknown ones as they came."""
        if self.catalogue.language in _HAN_LANGUAGES:
            return family
        return _PINYIN.get(family, family)

    def patient(self, family: str, sex: Sex) -> str | None:
        """How a patient is greeted ("Mr Zhang"); None without a family name or recorded sex."""
        if not family or sex not in (Sex.MALE, Sex.FEMALE):
            return None
        return self.catalogue.text(f"bedside.address.{sex.value}", family=self.family(family))

    def staff(self, family: str, role: str) -> str:
        """A member of staff by title ("Nurse Li", "Dr Wang")."""
        key = role if role in ("doctor", "nurse", "head_nurse", "carer") else "else"
        return self.catalogue.text(f"bedside.title.{key}", family=self.family(family))

    def member(self, member: TeamView) -> str:
        """One of the care team by title; by the whole name where no family name is told."""
        return self.staff(member.family, member.role) if member.family else member.name

    def whole(self, member: TeamView) -> str:
        """A member's name as it came, after the title where this language writes another script."""
        if self.catalogue.language in _HAN_LANGUAGES or member.family not in _PINYIN:
            return member.name
        return f"{self.member(member)} · {member.name}"

    def coming(self, family: str, team: Iterable[TeamView]) -> str:
        """ "Nurse Li": the title of a family name that accepted a call.

        Who accepts is a nurse unless the care team knows that name as somebody else only.
        """
        roles = {member.role for member in team if member.family == family}
        return self.staff(family, roles.pop() if len(roles) == 1 else "nurse")
