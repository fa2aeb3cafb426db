pragma ComponentBehavior: Bound

import QtQuick
import "../beds"
import "../components"
import "../theme"

// One bed: number, level, masked name, what to mind, team; at its foot the call.
Item {
    id: card

    required property string key
    required property string number
    required property string presence
    required property string name
    required property string also
    required property string level
    required property string colour
    required property string condition
    required property var marks
    required property var statuses
    required property string doctorLabel
    required property string doctor
    required property string nurseLabel
    required property string nurse
    required property string surgery
    required property string note
    required property string priority
    required property bool flashing
    required property bool walking
    required property string answer
    required property string elapsed
    required property string icon
    required property string kind
    readonly property bool lit: card.priority !== ""
    readonly property bool vacant: card.presence === "free"
    // How high the call's foot may be: who lies there stays readable above it.
    property real footRoom: Infinity
    readonly property real footHeight: card.lit ? Math.min(card.footRoom, Math.max(Theme.touchStaff, Math.round(1.9 * Theme.sizeHeading))) : 0
    readonly property real pad: 3 * Theme.grid
    readonly property real wordSize: Math.min(Theme.sizeLabel, Math.round(0.22 * card.body))
    readonly property real body: card.height - card.footHeight

    signal touched

    Accessible.name: card.number
    Accessible.role: card.lit ? Accessible.Button : Accessible.StaticText
    activeFocusOnTab: card.lit

    Keys.onReturnPressed: card.touched()
    Keys.onSpacePressed: card.touched()

    Rectangle {
        anchors.fill: parent
        border.color: card.activeFocus ? Theme.ink : Theme.line
        border.width: card.activeFocus ? Theme.edge : Math.max(1, Math.round(Theme.edge * 0.6))
        color: Theme.surface
        radius: Theme.radius
        visible: !card.vacant
    }
    Loader {
        active: card.vacant
        anchors.fill: parent

        sourceComponent: DashedFrame {
            edge: Theme.edge
            radius: Theme.radius
        }
    }
    // The call at the card's foot.
    LampGround {
        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        flashing: card.flashing
        height: card.footHeight + Theme.radius
        objectName: "foot-" + card.key
        priority: card.priority
        radius: Theme.radius
        visible: card.lit

        Rectangle {
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: parent.top
            color: Theme.surface
            height: Theme.radius
        }
        Icon {
            id: footIcon

            anchors.left: parent.left
            anchors.leftMargin: 5 * Theme.grid
            anchors.verticalCenter: parent.verticalCenter
            anchors.verticalCenterOffset: Theme.radius / 2
            color: Theme.inkOnLamp(card.priority)
            name: card.icon
            objectName: "kindIcon-" + card.key
            size: Math.min(Theme.sizeHeading, Math.round(0.7 * card.footHeight))
        }
        // What calls, as on the corridor; then who has answered.
        FitLabel {
            id: footKind

            anchors.left: footIcon.right
            anchors.leftMargin: 2 * Theme.grid
            anchors.verticalCenter: footIcon.verticalCenter
            color: Theme.inkOnLamp(card.priority)
            font.weight: Theme.bold
            height: Math.round(0.84 * card.footHeight)
            objectName: "kind-" + card.key
            size: footIcon.size
            smallest: 0.4 * size
            text: card.kind
            width: Math.min(kindProbe.implicitWidth + 2, Math.round(0.3 * card.width))

            Label {
                id: kindProbe

                font.pixelSize: footIcon.size
                font.weight: Theme.bold
                text: card.kind
                visible: false
            }
        }
        Rectangle {
            id: divider

            anchors.left: footKind.right
            anchors.leftMargin: 2 * Theme.grid
            anchors.verticalCenter: footIcon.verticalCenter
            color: Theme.inkOnLamp(card.priority)
            height: Math.round(0.5 * card.footHeight)
            width: Math.max(2, Math.round(0.5 * Theme.edge))
        }
        Icon {
            id: walker

            anchors.left: divider.right
            anchors.leftMargin: card.walking ? 2 * Theme.grid : 0
            anchors.verticalCenter: footIcon.verticalCenter
            color: Theme.inkOnLamp(card.priority)
            name: "walk"
            size: footIcon.size
            visible: card.walking
            width: card.walking ? size : 0
        }
        FitLabel {
            anchors.left: walker.right
            anchors.leftMargin: 2 * Theme.grid
            anchors.right: footTime.left
            anchors.rightMargin: 2 * Theme.grid
            anchors.verticalCenter: footIcon.verticalCenter
            color: Theme.inkOnLamp(card.priority)
            font.weight: Theme.semibold
            height: Math.round(0.84 * card.footHeight)
            objectName: "answer-" + card.key
            size: Theme.sizeHeading
            smallest: 0.4 * Theme.sizeHeading
            text: card.answer
        }
        Label {
            id: footTime

            anchors.right: parent.right
            anchors.rightMargin: 5 * Theme.grid
            anchors.verticalCenter: footIcon.verticalCenter
            color: Theme.inkOnLamp(card.priority)
            font.pixelSize: Math.min(Theme.sizeHeading, Math.round(0.7 * card.footHeight))
            font.weight: Theme.bold
            objectName: "elapsed-" + card.key
            tabular: true
            text: card.elapsed
        }
    }
    LampFrame {
        anchors.fill: parent
        border.width: Theme.lampEdge
        flashing: card.flashing
        priority: card.priority
        radius: Theme.radius
        visible: card.lit
    }
    Rectangle {
        id: bar

        color: card.colour === "" ? "transparent" : card.colour
        height: Math.min(card.body - 2 * card.pad, Math.round(0.75 * card.body))
        radius: width / 2
        width: Math.round(2.5 * Theme.grid)
        x: 4 * Theme.grid
        y: (card.body - height) / 2
    }
    FitLabel {
        id: number

        color: card.vacant ? Theme.muted : Theme.ink
        font.weight: Theme.bold
        height: card.body
        horizontalAlignment: Text.AlignHCenter
        objectName: "number-" + card.key
        size: Math.min(Theme.sizeNumber, Math.round(0.7 * card.body))
        smallest: 0.4 * size
        tabular: true
        text: card.number
        width: Math.round((Theme.portrait ? 0.17 : 0.2) * card.width)
        wrapMode: Text.NoWrap
        x: bar.x + bar.width + 2 * Theme.grid
    }
    // Nobody, or nobody to be named.
    FitLabel {
        color: Theme.muted
        height: card.body
        objectName: "note-" + card.key
        size: card.vacant ? Theme.sizeTitle : Theme.sizeName
        smallest: 0.5 * size
        text: card.vacant ? card.note : card.name
        visible: card.presence !== "known"
        width: card.width - x - card.pad
        x: number.x + number.width + 3 * Theme.grid
    }
    Item {
        id: middle

        readonly property real largest: Math.min(Math.max(Theme.sizeName, Math.round(0.8 * Theme.farSize)), Math.round(0.36 * card.body))
        readonly property bool roomy: nameProbe.implicitWidth + beside.width + 3 * Theme.grid <= middle.width

        height: card.body
        visible: card.presence === "known"
        width: team.x - x - 2 * Theme.grid
        x: number.x + number.width + 3 * Theme.grid

        Column {
            anchors.verticalCenter: parent.verticalCenter
            spacing: Math.round(0.5 * Theme.grid)
            width: parent.width

            Item {
                id: first

                height: name.height
                width: parent.width

                FitLabel {
                    id: name

                    font.weight: Theme.bold
                    height: Math.min(nameProbe.implicitHeight, Math.round((middle.roomy ? 0.48 : 0.4) * card.body))
                    objectName: "name-" + card.key
                    size: Math.round(middle.largest * (middle.roomy ? 1 : 0.8))
                    smallest: 0.3 * size
                    text: card.also === "" ? card.name : card.name + " + " + card.also
                    width: Math.min(nameProbe.implicitWidth + 2, first.width)

                    Label {
                        id: nameProbe

                        font.pixelSize: middle.largest
                        font.weight: Theme.bold
                        text: name.text
                        visible: false
                    }
                }
                // Level and condition stand beside a short name, below a long one.
                LevelWords {
                    id: beside

                    anchors.verticalCenter: name.verticalCenter
                    card: card
                    visible: middle.roomy
                    x: name.width + 2 * Theme.grid
                }
            }
            Row {
                spacing: Math.round(1.5 * Theme.grid)
                visible: slots.count > 0

                Repeater {
                    id: slots

                    model: card.marks

                    PrecautionSlot {
                        required property int index
                        required property string modelData

                        edge: Math.max(2, Theme.edge * 0.7)
                        height: implicitHeight
                        mark: modelData
                        markSize: Math.min(Math.round(1.3 * Theme.sizeMark), Math.round((middle.roomy ? 0.23 : 0.18) * card.body), Math.floor((middle.width - 5 * 1.5 * Theme.grid) / 6 / 1.5))
                        objectName: "slot-" + card.key + "-" + index
                        status: card.statuses[index] ?? ""
                        width: implicitHeight
                    }
                }
            }
            LevelWords {
                card: card
                // The team's column is its neighbour: the longest words give way a little.
                scale: Math.min(1, middle.width / Math.max(1, implicitWidth))
                size: Math.min(card.wordSize, Math.round(0.16 * card.body))
                transformOrigin: Item.Left
                visible: !middle.roomy
            }
        }
    }
    Column {
        id: team

        anchors.right: parent.right
        anchors.rightMargin: card.pad
        spacing: Math.min(Theme.grid, Math.round(0.05 * card.body))
        visible: middle.visible
        width: Math.min(Math.max(doctor.implicitWidth, nurse.implicitWidth), Math.round(0.27 * card.width))
        y: (card.body - height) / 2

        FitLabel {
            id: doctor

            height: Math.min(implicitHeight, Math.round(0.45 * card.body))
            horizontalAlignment: Text.AlignRight
            objectName: "doctor-" + card.key
            size: Math.min(Theme.sizeLabel, card.wordSize)
            smallest: 0.32 * Theme.sizeLabel
            text: card.doctorLabel + " " + card.doctor
            width: parent.width
        }
        FitLabel {
            id: nurse

            height: Math.min(implicitHeight, Math.round(0.45 * card.body))
            horizontalAlignment: Text.AlignRight
            objectName: "nurse-" + card.key
            size: Math.min(Theme.sizeLabel, card.wordSize)
            smallest: 0.32 * Theme.sizeLabel
            text: card.nurseLabel + " " + card.nurse
            width: parent.width
        }
    }
    Touch {
        enabled: card.lit

        onTapped: card.touched()
    }
}
