pragma ComponentBehavior: Bound

import QtQuick
import "../beds"
import "../components"
import "../theme"

// One call: icon and bed on the lamp's ground while it waits, its kind, its age. The edge flashes
// until somebody has accepted; then it stays and a walking person, or one who is there, stands
// beside the number. While the link is down the edge is dashed: nobody knows whether it is so still.
Item {
    id: row

    required property string key
    required property string number
    required property string icon
    required property string kind
    required property string sub
    required property string age
    required property string priority
    required property string stage
    required property bool flashing
    // Half a line: no room for words, the icon tells the kind.
    property bool dense: false
    // Two lines: kind below number and age.
    property bool tall: false
    property bool lost: false
    // The widest number on the screen, so that the kinds stand under each other.
    property real numberWidth: row.natural
    readonly property real natural: probe.implicitWidth + 2
    readonly property bool waiting: row.stage === "waiting"
    // A lamp that may long be out is not lit.
    readonly property bool lit: row.waiting && !row.lost
    readonly property color ink: row.lit ? Theme.inkOnLamp(row.priority) : Theme.ink
    readonly property real line: row.tall ? Math.round(row.height / 2) : row.height
    readonly property real pad: (row.dense ? 2 : 3) * Theme.grid

    Accessible.name: row.number + " " + row.kind
    Accessible.role: Accessible.StaticText
    objectName: "call-" + row.key

    Rectangle {
        anchors.fill: parent
        color: Theme.surface
        radius: Theme.radius
    }
    // Bed and icon: the lamp while the call waits.
    Rectangle {
        id: block

        color: row.lit ? Theme.lamp(row.priority) : Theme.surface
        height: row.line
        objectName: "block-" + row.key
        radius: Theme.radius
        width: number.x + number.width + row.pad

        // Square where it meets the words, and over the second line.
        Rectangle {
            anchors.bottom: parent.bottom
            color: parent.color
            height: parent.radius
            visible: row.tall
            width: parent.width
        }
        Rectangle {
            anchors.bottom: parent.bottom
            anchors.right: parent.right
            anchors.top: parent.top
            color: parent.color
            width: parent.radius
        }
    }
    Icon {
        id: mark

        color: row.ink
        height: row.line
        name: row.icon
        objectName: "icon-" + row.key
        size: Math.round(0.8 * Theme.farSize)
        x: row.pad
    }
    FitLabel {
        id: number
        fontSizeMode: Text.HorizontalFit

        color: row.ink
        font.weight: Theme.black
        height: row.line
        objectName: "number-" + row.key
        size: Theme.farSize
        smallest: 0.6 * size
        tabular: true
        text: row.number
        width: Math.min(row.numberWidth, 0.45 * row.width)
        wrapMode: Text.NoWrap
        x: mark.x + mark.width + 1.5 * Theme.grid

        Label {
            id: probe

            font.features: number.font.features
            font.pixelSize: number.size
            font.weight: Theme.black
            text: number.text
            visible: false
        }
    }
    FitLabel {
        id: kind
        fontSizeMode: Text.HorizontalFit

        font.weight: Theme.bold
        height: row.line
        objectName: "kind-" + row.key
        size: Theme.farSize
        smallest: 0.6 * size
        text: row.kind
        visible: !row.dense
        width: Math.min(kindProbe.implicitWidth + 2, (row.tall ? row.width - 2 * row.pad : answered.x - kind.x - row.pad))
        wrapMode: Text.NoWrap
        x: row.tall ? row.pad : block.width + row.pad
        y: row.tall ? row.line : 0

        Label {
            id: kindProbe

            font.pixelSize: kind.size
            font.weight: Theme.bold
            text: kind.text
            visible: false
        }
    }
    // Room and who has answered, where there is room for it: for those who stand nearer.
    Label {
        id: sub

        readonly property real most: (row.tall ? row.width : answered.x) - x - row.pad

        color: Theme.muted
        font.pixelSize: Theme.sizeHeading
        height: row.line
        objectName: "sub-" + row.key
        tabular: true
        text: row.sub
        visible: !row.dense && text !== "" && implicitWidth <= most
        x: kind.x + kind.width + row.pad
        y: kind.y
    }
    Icon {
        id: answered

        height: row.line
        name: row.stage === "coming" ? "walk" : "account-check"
        objectName: "answered-" + row.key
        size: Math.round(0.8 * Theme.farSize)
        visible: !row.waiting
        width: visible ? size : 0
        x: age.x - width - (visible ? Theme.grid : 0)
    }
    FitLabel {
        id: age
        fontSizeMode: Text.HorizontalFit

        anchors.right: parent.right
        anchors.rightMargin: row.pad
        color: row.lost ? Theme.muted : Theme.ink
        font.weight: Theme.bold
        height: row.line
        horizontalAlignment: Text.AlignRight
        objectName: "age-" + row.key
        size: Theme.farSize
        smallest: 0.6 * size
        tabular: true
        text: row.age
        // Of a call that somebody has answered the age matters least.
        visible: !row.dense || row.waiting || block.width + answered.size + ageProbe.implicitWidth + 3 * row.pad <= row.width
        width: !visible ? 0 : Math.min(ageProbe.implicitWidth + 2, row.width - block.width - 2 * row.pad)
        wrapMode: Text.NoWrap

        Label {
            id: ageProbe

            font.features: age.font.features
            font.pixelSize: age.size
            font.weight: Theme.bold
            text: age.text
            visible: false
        }
    }
    LampFrame {
        anchors.fill: parent
        border.width: Theme.lampEdge
        flashing: row.flashing
        objectName: "frame-" + row.key
        priority: row.priority
        radius: Theme.radius
        visible: !row.lost
    }
    Loader {
        active: row.lost
        anchors.fill: parent

        sourceComponent: DashedFrame {
            color: Theme.priorityColor(row.priority)
            edge: Theme.lampEdge
            radius: Theme.radius
        }
    }
}
